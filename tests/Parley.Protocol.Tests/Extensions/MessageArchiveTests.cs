using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class MessageArchiveTests
{
    private const string FormOpen = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>";

    [Theory]
    [InlineData("<query xmlns='urn:xmpp:mam:2' queryid='f27'/>")]
    [InlineData("<query xmlns='urn:xmpp:mam:2'>{0}<field var='with'><value>juliet@capulet.lit</value></field></x></query>")]
    [InlineData("<query xmlns='urn:xmpp:mam:2'>{0}<field var='start'><value>2010-06-07T00:00:00Z</value></field><field var='end'><value>2010-07-07T13:23:54Z</value></field></x></query>")]
    [InlineData("<query xmlns='urn:xmpp:mam:2'>{0}<field var='before-id'><value>09af3-cc343-b409f</value></field><field var='after-id'><value>28482-98726-73623</value></field></x></query>")]
    [InlineData("<query xmlns='urn:xmpp:mam:2'>{0}<field var='ids'><value>28482-98726-73623</value></field></x></query>")]
    [InlineData("<query xmlns='urn:xmpp:mam:2'>{0}<field var='include-groupchat'><value>true</value></field></x></query>")]
    [InlineData("<query xmlns='urn:xmpp:mam:2'>{0}<field var='{urn:xmpp:fulltext:0}fulltext'><value>Where art thou</value></field></x></query>")]
    [InlineData("<query xmlns='urn:xmpp:mam:2'>{0}<field var='start'><value>2010-08-07T00:00:00Z</value></field></x><set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>09af3-cc343-b409f</after></set><flip-page/></query>")]
    public void Queries_of_the_specification_are_read_and_written(string xml)
    {
        xml = xml.Replace("{0}", FormOpen, StringComparison.Ordinal);

        Assert.Equal(xml, Payload.Write(ArchiveRequest.Parse(Payload.Read(xml)).WriteTo));
    }

    [Theory]
    [InlineData("<field var='start'><value>2010-06-07</value></field>", StanzaErrorCondition.BadRequest)]
    [InlineData("<field var='end'><value>yesterday</value></field>", StanzaErrorCondition.BadRequest)]
    [InlineData("<field var='with'><value>@</value></field>", StanzaErrorCondition.BadRequest)]
    [InlineData("<field var='with'><value>a@b</value><value>c@d</value></field>", StanzaErrorCondition.BadRequest)]
    [InlineData("<field var='include-groupchat'><value>maybe</value></field>", StanzaErrorCondition.BadRequest)]
    [InlineData("<field var='colour'><value>red</value></field>", StanzaErrorCondition.FeatureNotImplemented)]
    public void Fields_that_say_nothing_sensible_are_refused(string field, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => ArchiveRequest.Parse(Payload.Read($"<query xmlns='urn:xmpp:mam:2'>{FormOpen}{field}</x></query>")));

    [Theory]
    [InlineData("<x xmlns='jabber:x:data' type='submit'/>")]
    [InlineData("<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field></x>")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:1</value></field></x>")]
    public void Forms_for_something_else_are_refused(string form) =>
        Payload.Refused(StanzaErrorCondition.BadRequest, () => ArchiveRequest.Parse(Payload.Read($"<query xmlns='urn:xmpp:mam:2'>{form}</query>")));

    [Fact]
    public void Too_many_ids_and_too_long_a_text_are_refused()
    {
        var ids = string.Concat(Enumerable.Range(0, ArchiveFilter.MaxIds + 1).Select(id => $"<value>{id}</value>"));
        var text = new string('x', ArchiveFilter.MaxTextLength + 1);

        Payload.Refused(StanzaErrorCondition.PolicyViolation, () => ArchiveRequest.Parse(Payload.Read($"<query xmlns='urn:xmpp:mam:2'>{FormOpen}<field var='ids'>{ids}</field></x></query>")));
        Payload.Refused(StanzaErrorCondition.PolicyViolation, () => ArchiveRequest.Parse(Payload.Read($"<query xmlns='urn:xmpp:mam:2'>{FormOpen}<field var='{{urn:xmpp:fulltext:0}}fulltext'><value>{text}</value></field></x></query>")));
    }

    [Fact]
    public void Empty_fields_ask_for_nothing()
    {
        var fields = string.Concat(new[] { "with", "start", "end", "before-id", "after-id", "ids", "include-groupchat", "{urn:xmpp:fulltext:0}fulltext" }.Select(name => $"<field var='{name}'><value/></field>"));

        Assert.Equal(new ArchiveFilter(), ArchiveRequest.Parse(Payload.Read($"<query xmlns='urn:xmpp:mam:2'>{FormOpen}{fields}</x></query>")).Filter);
    }

    [Fact]
    public void The_form_tells_all_fields() => Assert.Equal(
        "<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>"
        + "<field var='with' type='jid-single'/><field var='start' type='text-single'/><field var='end' type='text-single'/>"
        + "<field var='before-id' type='text-single'/><field var='after-id' type='text-single'/>"
        + "<field var='ids' type='list-multi'><validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:string'><open/></validate></field>"
        + "<field var='include-groupchat' type='boolean'/><field var='{urn:xmpp:fulltext:0}fulltext' type='text-single'/></x>",
        Payload.Write(ArchiveFilter.Form.WriteTo));

    [Theory]
    [InlineData("<fin xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><first index='0'>28482-98726-73623</first><last>09af3-cc343-b409f</last><count>20</count></set></fin>")]
    [InlineData("<fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'><first index='0'>23452-4534-1</first><last>390-2342-22</last><count>16</count></set></fin>")]
    [InlineData("<fin xmlns='urn:xmpp:mam:2' complete='true' stable='false'><set xmlns='http://jabber.org/protocol/rsm'/></fin>")]
    public void Ends_of_pages_are_read_and_written(string xml) => Assert.Equal(xml, Payload.Write(ArchiveFin.Parse(Payload.Read(xml)).WriteTo));

    [Theory]
    [InlineData("<metadata xmlns='urn:xmpp:mam:2'><start id='YWxwaGEg' timestamp='2008-08-22T21:09:04Z'/><end id='b21lZ2Eg' timestamp='2020-04-20T14:34:21Z'/></metadata>")]
    [InlineData("<metadata xmlns='urn:xmpp:mam:2'/>")]
    public void Metadata_are_read_and_written(string xml) => Assert.Equal(xml, Payload.Write(ArchiveMetadata.Parse(Payload.Read(xml)).WriteTo));

    [Fact]
    public void A_result_is_made_of_stored_bytes()
    {
        var stored = "<message from='witch@shakespeare.lit' to='macbeth@shakespeare.lit'><body>Hail to thee</body></message>"u8;
        var messages = new ArchiveResultMessages(Jid.Parse("macbeth@shakespeare.lit"), Jid.Parse("macbeth@shakespeare.lit/laptop"), "f'27");

        var message = messages.Make("28482", stored, new(2010, 7, 10, 23, 8, 25, TimeSpan.Zero));

        Assert.Equal(
            "<message from='macbeth@shakespeare.lit' to='macbeth@shakespeare.lit/laptop'><result xmlns='urn:xmpp:mam:2' queryid='f&apos;27' id='28482'>"
            + "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/>"
            + "<message xmlns='jabber:client' from='witch@shakespeare.lit' to='macbeth@shakespeare.lit'><body>Hail to thee</body></message></forwarded></result></message>",
            Encoding.UTF8.GetString(message.ToBytes()));
        var result = ArchiveResult.Parse(message.Child(ArchiveResult.Name)!.Value);
        Assert.Equal(("28482", "f'27"), (result.Id, result.QueryId));
        Assert.Equal(Jid.Parse("witch@shakespeare.lit"), result.Forwarded.Stanza.From);
    }
}
