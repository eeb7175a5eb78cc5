using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions.Muc;

public class HatTests
{
    private static readonly Hat Host = new("http://schemas.example.com/hats#host", "Host", 327.255249, "en-us");
    private static readonly Hat Presenter = new("http://schemas.example.com/hats#presenter", "Presenter", 171.430664);

    [Fact]
    public void Hats_are_read_and_written()
    {
        const string xml = "<hats xmlns='urn:xmpp:hats:0'><hat title='Host' uri='http://schemas.example.com/hats#host' hue='327.255249' xml:lang='en-us'/>"
            + "<hat title='Presenter' uri='http://schemas.example.com/hats#presenter' hue='171.430664'/></hats>";

        Assert.Equal([Host, Presenter], Hats.Parse(Payload.Read(xml)).Worn);
        Assert.Equal(xml, Payload.Write(new Hats([Host, Presenter]).WriteTo));
        Assert.Equal("<hats xmlns='urn:xmpp:hats:0'/>", Payload.Write(new Hats([]).WriteTo));
    }

    [Fact]
    public void What_a_hat_is_annotated_with_is_left_out() => Assert.Equal(
        [new Hat("urn:a", "A")],
        Hats.Parse(Payload.Read("<hats xmlns='urn:xmpp:hats:0'><hat title='A' uri='urn:a'><badge xmlns='urn:example:badges' level='3'/></hat><hat xmlns='urn:x'/></hats>")).Worn);

    [Theory]
    [InlineData("<hat title='A'/>")]
    [InlineData("<hat uri='urn:a'/>")]
    [InlineData("<hat uri='urn:a' title=''/>")]
    public void A_hat_has_a_uri_and_a_title(string hat) =>
        Payload.Refused(StanzaErrorCondition.BadRequest, () => Hats.Parse(Payload.Read($"<hats xmlns='urn:xmpp:hats:0'>{hat}</hats>")));

    [Fact]
    public void There_are_so_many_hats_at_most() => Payload.Refused(
        StanzaErrorCondition.PolicyViolation,
        () => Hats.Parse(Payload.Read($"<hats xmlns='urn:xmpp:hats:0'>{string.Concat(Enumerable.Repeat("<hat title='A' uri='a'/>", Hats.MaxWorn + 1))}</hats>")));

    [Theory]
    [InlineData("0", true)]
    [InlineData("359.9", true)]
    [InlineData("360", false)]
    [InlineData("-1", false)]
    [InlineData("1e2", false)]
    [InlineData("NaN", false)]
    [InlineData("red", false)]
    [InlineData(" 1", false)]
    public void A_hue_is_an_angle(string hue, bool isOne)
    {
        Assert.Equal(isOne, Hat.Parse(Payload.Read($"<hat xmlns='urn:xmpp:hats:0' title='A' uri='a' hue='{hue}'/>")).Hue is not null);
        if (isOne)
        {
            Assert.NotNull(HatCommands.ReadHat(Submission(("hats#title", "A"), ("hats#uri", "a"), ("hats#hue", hue))).Hue);
        }
        else
        {
            Payload.Refused(StanzaErrorCondition.NotAcceptable, () => HatCommands.ReadHat(Submission(("hats#title", "A"), ("hats#uri", "a"), ("hats#hue", hue))));
        }
    }

    [Fact]
    public void A_hat_is_created_from_its_form()
    {
        Assert.Equal(
            "<x xmlns='jabber:x:data' type='form'><title>Creating a Hat</title><instructions>Fill out this form to create a hat.</instructions>"
            + "<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:hats:commands</value></field>"
            + "<field var='hats#title' type='text-single' label='Hat Title'><required/></field><field var='hats#uri' type='text-single' label='Hat URI'><required/></field>"
            + "<field var='hats#hue' type='text-single' label='Hat Hue'/></x>",
            Payload.Write(HatCommands.CreateForm().WriteTo));
        Assert.Equal(new Hat("http://tech.example.edu/hats#TeacherAssistant", "Assistant", 327.255249), HatCommands.ReadHat(
            Submission(("hats#title", "Assistant"), ("hats#uri", "http://tech.example.edu/hats#TeacherAssistant"), ("hats#hue", "327.255249"))));
        Payload.Refused(StanzaErrorCondition.NotAcceptable, () => HatCommands.ReadHat(Submission(("hats#title", "Assistant"))));
    }

    [Fact]
    public void Hats_are_given_to_somebody_by_their_form()
    {
        foreach (var form in new[] { HatCommands.AssignForm([Host, Presenter]), HatCommands.UnassignForm([Host, Presenter]) })
        {
            var accepted = form.Accept(Submission(("hats#jid", "Terry.Anderson@example.edu"), ("hats#uri", Presenter.Uri)));
            Assert.Equal(("terry.anderson@example.edu", Presenter.Uri), (accepted.Text("hats#jid"), accepted.Text("hats#uri")));
            Payload.Refused(StanzaErrorCondition.NotAcceptable, () => form.Accept(Submission(("hats#jid", "a@b"), ("hats#uri", "urn:another"))));
            Payload.Refused(StanzaErrorCondition.NotAcceptable, () => form.Accept(Submission(("hats#jid", "@"), ("hats#uri", Host.Uri))));
            Assert.Contains("<option label='Host'><value>http://schemas.example.com/hats#host</value></option>", Payload.Write(form.WriteTo), StringComparison.Ordinal);
        }

        Assert.Equal(Host.Uri, HatCommands.DestroyForm([Host]).Accept(Submission(("hats#uri", Host.Uri))).Text("hats#uri"));
    }

    [Fact]
    public void Lists_tell_of_hats_and_who_has_them()
    {
        var listed = DataForm.Parse(Payload.Read(Payload.Write(HatCommands.Listed([Host, new Hat("urn:a", "A")]).WriteTo)));
        Assert.Equal(["hats#title", "hats#uri", "hats#hue"], listed.Reported.Select(static field => field.Variable));
        Assert.Equal([["Host", Host.Uri, "327.255249"], ["A", "urn:a", null]], listed.Items.Select(static item => item.Select(static field => field.Value)));

        var assigned = DataForm.Parse(Payload.Read(Payload.Write(HatCommands.Assigned([(Jid.Parse("terry@example.edu"), Host)]).WriteTo)));
        Assert.Equal(["hats#jid", "hats#uri", "hats#title", "hats#hue"], assigned.Reported.Select(static field => field.Variable));
        Assert.Equal(["terry@example.edu", Host.Uri, "Host", "327.255249"], assigned.Items.Single().Select(static field => field.Value));
    }

    private static DataForm Submission(params (string Name, string Value)[] fields) =>
        DataForm.Of(DataFormType.Submit, HatCommands.FormType, [.. fields.Select(static field => new DataFormField(field.Name, null, field.Value))]);
}
