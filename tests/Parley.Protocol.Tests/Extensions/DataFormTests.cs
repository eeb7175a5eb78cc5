using System.Text;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class DataFormTests
{
    // XEP-0004 §5.1, its example 2, with one field fewer of each kind.
    private const string BotForm = """
        <x xmlns='jabber:x:data' type='form'>
          <title>Bot Configuration</title>
          <instructions>Fill out this form to configure your new bot!</instructions>
          <field type='hidden' var='FORM_TYPE'><value>jabber:bot</value></field>
          <field type='fixed'><value>Section 1: Bot Info</value></field>
          <field type='text-single' label='The name of your bot' var='botname'/>
          <field type='text-multi' label='Helpful description of your bot' var='description'/>
          <field type='boolean' label='Public bot?' var='public'><required/></field>
          <field type='text-private' label='Password for special access' var='password'/>
          <field type='list-multi' label='What features will the bot support?' var='features'>
            <option label='Contests'><value>contests</value></option>
            <option label='News'><value>news</value></option>
            <option label='Search'><value>search</value></option>
            <value>news</value>
            <value>search</value>
          </field>
          <field type='list-single' label='Maximum number of subscribers' var='maxsubs'>
            <value>20</value>
            <option label='20'><value>20</value></option>
            <option label='50'><value>50</value></option>
          </field>
          <field type='jid-multi' label='People to invite' var='invitelist'><desc>Tell all your friends about your new bot!</desc></field>
          <field type='jid-single' var='owner'/>
        </x>
        """;

    [Fact]
    public void A_form_is_read()
    {
        var form = DataForm.Parse(Payload.Read(BotForm));

        Assert.Equal(DataFormType.Form, form.Type);
        Assert.Equal("Bot Configuration", form.Title);
        Assert.Equal(["Fill out this form to configure your new bot!"], form.Instructions);
        Assert.Equal("jabber:bot", form.FormType);
        Assert.Equal(10, form.Fields.Count);
        Assert.Null(form.Fields[1].Variable);
        Assert.True(form["public"]!.IsRequired);
        Assert.False(form["botname"]!.IsRequired);
        Assert.Equal(["news", "search"], form["features"]!.Values);
        Assert.Equal([new("contests", "Contests"), new("news", "News"), new("search", "Search")], form["features"]!.Options);
        Assert.Equal("20", form.Text("maxsubs"));
        Assert.Equal("Tell all your friends about your new bot!", form["invitelist"]!.Description);
        Assert.Equal("People to invite", form["invitelist"]!.Label);
    }

    [Fact]
    public void What_is_written_reads_the_same()
    {
        var form = DataForm.Parse(Payload.Read(BotForm));

        var once = Payload.Write(form.WriteTo);
        var twice = Payload.Write(DataForm.Parse(Payload.Read(once)).WriteTo);

        Assert.Equal(once, twice);
        Assert.Contains("<field var='maxsubs' type='list-single' label='Maximum number of subscribers'><value>20</value><option label='20'>", once, StringComparison.Ordinal);
        Assert.Contains("<field type='fixed'><value>Section 1: Bot Info</value></field>", once, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_has_columns_and_rows()
    {
        var form = DataForm.Parse(Payload.Read("""
            <x xmlns='jabber:x:data' type='result'>
              <title>Joogle Search: verona</title>
              <reported><field var='name'/><field var='url' label='Where'/></reported>
              <item><field var='name'><value>benvenuto!</value></field><field var='url'><value>http://www.hellasverona.it/</value></field></item>
              <item><field var='name'><value/></field><field var='url'><value>http://www.univr.it/</value></field></item>
            </x>
            """));

        Assert.Equal(["name", "url"], form.Reported.Select(column => column.Variable));
        Assert.Equal([["benvenuto!", "http://www.hellasverona.it/"], ["", "http://www.univr.it/"]], form.Items.Select(row => row.Select(cell => cell.Value)));
        Assert.Equal(
            "<x xmlns='jabber:x:data' type='result'><title>Joogle Search: verona</title><reported><field var='name'/><field var='url' label='Where'/></reported>"
            + "<item><field var='name'><value>benvenuto!</value></field><field var='url'><value>http://www.hellasverona.it/</value></field></item>"
            + "<item><field var='name'><value></value></field><field var='url'><value>http://www.univr.it/</value></field></item></x>",
            Payload.Write(form.WriteTo));
    }

    [Fact]
    public void Rows_may_come_before_their_columns()
    {
        var form = DataForm.Parse(Payload.Read(
            "<x xmlns='jabber:x:data' type='result'><item><field var='a'/></item><reported><field var='a'/></reported></x>"));

        Assert.Single(form.Items);
        Assert.Single(form.Reported);
    }

    [Theory]
    [InlineData("submit", "", "urn:x")]
    [InlineData("submit", "type='text-single'", "urn:x")]
    [InlineData("result", "type='hidden'", "urn:x")]
    [InlineData("result", "", null)]
    [InlineData("form", "type='text-single'", null)]
    public void A_form_type_outside_submissions_has_to_be_hidden(string form, string field, string? formType) =>
        Assert.Equal(formType, DataForm.Parse(Payload.Read(
            $"<x xmlns='jabber:x:data' type='{form}'><field var='FORM_TYPE' {field}><value>urn:x</value></field></x>")).FormType);

    [Fact]
    public void A_form_of_a_type_begins_with_it() =>
        Assert.Equal(
            "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>urn:x</value></field>"
            + "<field var='a&lt;'><value>&amp;</value><value></value></field></x>",
            Payload.Write(DataForm.Of(DataFormType.Result, "urn:x", new DataFormField("a<", null, "&", "")).WriteTo));

    [Theory]
    [InlineData("<x xmlns='jabber:x:data'/>")]
    [InlineData("<x xmlns='jabber:x:data' type=''/>")]
    [InlineData("<x xmlns='jabber:x:data' type='error'/>")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field/></x>")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var=''/></x>")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='a'/><field var='a'/></x>")]
    [InlineData("<x xmlns='jabber:x:data' type='form'><field var='a' type='list-single'><option/></field></x>")]
    [InlineData("<x xmlns='jabber:x:data' type='form'><field var='a' type='list-single'><option><value>1</value><value>2</value></option></field></x>")]
    [InlineData("<x xmlns='jabber:x:data' type='result'><reported/></x>")]
    [InlineData("<x xmlns='jabber:x:data' type='result'><item/></x>")]
    [InlineData("<x xmlns='jabber:x:data' type='result'><reported><field var='a'/></reported><reported><field var='a'/></reported></x>")]
    public void What_is_no_form_is_a_bad_request(string xml) =>
        Payload.Refused(StanzaErrorCondition.BadRequest, () => DataForm.Parse(Payload.Read(xml)));

    [Theory]
    [InlineData("<field var='{0}'/>", DataForm.MaxFields)]
    [InlineData("<item><field var='{0}'/></item>", DataForm.MaxItems)]
    [InlineData("<instructions>{0}</instructions>", DataForm.MaxFields)]
    public void A_form_has_limits(string part, int most)
    {
        Assert.NotNull(DataForm.Parse(Payload.Read(Many(most))));
        Payload.Refused(StanzaErrorCondition.PolicyViolation, () => DataForm.Parse(Payload.Read(Many(most + 1))));

        string Many(int count)
        {
            var xml = new StringBuilder("<x xmlns='jabber:x:data' type='result'>");
            for (var i = 0; i < count; i++)
            {
                xml.Append(part.Replace("{0}", $"{i}", StringComparison.Ordinal));
            }

            return xml.Append("</x>").ToString();
        }
    }

    [Theory]
    [InlineData("<value/>", DataFormField.MaxValues)]
    [InlineData("<option><value/></option>", DataFormField.MaxOptions)]
    public void A_field_has_limits(string part, int most)
    {
        Assert.NotNull(DataForm.Parse(Payload.Read(Many(most))));
        Payload.Refused(StanzaErrorCondition.PolicyViolation, () => DataForm.Parse(Payload.Read(Many(most + 1))));

        string Many(int count) =>
            $"<x xmlns='jabber:x:data' type='form'><field var='a' type='list-multi'>{string.Concat(Enumerable.Repeat(part, count))}</field></x>";
    }

    [Fact]
    public void A_type_that_is_not_known_is_a_line_of_text() =>
        Assert.Equal(
            DataFormFieldType.TextSingle,
            DataForm.Parse(Payload.Read("<x xmlns='jabber:x:data' type='form'><field var='a' type='colour'/></x>"))["a"]!.Type);

    [Fact]
    public void A_submission_is_accepted_with_the_types_of_its_form()
    {
        var form = DataForm.Parse(Payload.Read(BotForm));

        var accepted = form.Accept(Submission("""
            <field var='FORM_TYPE'><value>jabber:bot</value></field>
            <field var='botname'><value>The Jabber Google Bot</value></field>
            <field var='description'><value>one</value><value>two</value></field>
            <field var='public'><value>false</value></field>
            <field var='features'><value>news</value><value>search</value></field>
            <field var='maxsubs'><value>50</value></field>
            <field var='invitelist'><value>Juliet@capulet.com</value><value>juliet@capulet.com</value><value>benvolio@montague.net</value></field>
            <field var='owner'><value/></field>
            <field var='colour'><value>red</value></field>
            """));

        Assert.Equal("jabber:bot", accepted.FormType);
        Assert.Equal("The Jabber Google Bot", accepted.Text("botname"));
        Assert.Equal(["one", "two"], accepted["description"]!.Values);
        Assert.False(accepted.Boolean("public"));
        Assert.Equal("0", accepted.Text("public"));
        Assert.Equal(["juliet@capulet.com", "benvolio@montague.net"], accepted["invitelist"]!.Values);
        Assert.Equal(DataFormFieldType.JidMulti, accepted["invitelist"]!.Type);
        Assert.Empty(accepted["owner"]!.Values);
        Assert.Null(accepted["password"]);
        Assert.Null(accepted["colour"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<field var='public'/>")]
    [InlineData("<field var='public'><value/></field>")]
    [InlineData("<field var='public'><value>yes</value></field>")]
    [InlineData("<field var='public'><value>1</value><value>0</value></field>")]
    [InlineData("<field var='public'><value>1</value></field><field var='FORM_TYPE'><value>jabber:other</value></field>")]
    [InlineData("<field var='public'><value>1</value></field><field var='features'><value>telepathy</value></field>")]
    [InlineData("<field var='public'><value>1</value></field><field var='maxsubs'><value>7</value></field>")]
    [InlineData("<field var='public'><value>1</value></field><field var='invitelist'><value>@</value></field>")]
    [InlineData("<field var='public'><value>1</value></field><field var='owner'><value>a@b</value><value>c@d</value></field>")]
    public void A_submission_that_does_not_fit_is_not_acceptable(string fields)
    {
        var refusal = Assert.Throws<StanzaException>(() => DataForm.Parse(Payload.Read(BotForm)).Accept(Submission(fields)));

        Assert.Equal(StanzaErrorCondition.NotAcceptable, refusal.Error.Condition);
        Assert.Equal(StanzaErrorType.Modify, refusal.Error.Type);
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("result")]
    public void Only_a_submission_is_accepted(string type) =>
        Payload.Refused(
            StanzaErrorCondition.BadRequest,
            () => DataForm.Parse(Payload.Read(BotForm)).Accept(DataForm.Parse(Payload.Read($"<x xmlns='jabber:x:data' type='{type}'/>"))));

    [Fact]
    public void A_form_is_found_in_its_wrapper()
    {
        Assert.NotNull(DataForm.In(Payload.Read("<query xmlns='urn:x'><other/><x xmlns='jabber:x:data' type='cancel'/></query>")));
        Assert.Null(DataForm.In(Payload.Read("<query xmlns='urn:x'><x type='cancel'/></query>")));
    }

    private static DataForm Submission(string fields) => DataForm.Parse(Payload.Read($"<x xmlns='jabber:x:data' type='submit'>{fields}</x>"));
}
