using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class StanzaIdTests
{
    private static readonly Jid Room = Jid.Parse("room@muc.example.com");

    [Fact]
    public void The_example_is_read() => Assert.Equal(
        new StanzaId("de305d54-75b4-431b-adb2-eb6b9e546013", Room),
        StanzaId.Parse(Payload.Read("<stanza-id xmlns='urn:xmpp:sid:0' id='de305d54-75b4-431b-adb2-eb6b9e546013' by='room@muc.example.com'/>")));

    [Theory]
    [InlineData("id='1'", StanzaErrorCondition.BadRequest)]
    [InlineData("by='example.com'", StanzaErrorCondition.BadRequest)]
    [InlineData("by='example.com' id=''", StanzaErrorCondition.BadRequest)]
    [InlineData("by='@' id='1'", StanzaErrorCondition.JidMalformed)]
    public void What_is_no_id_is_refused(string attributes, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => StanzaId.Parse(Payload.Read($"<stanza-id xmlns='urn:xmpp:sid:0' {attributes}/>")));

    [Theory]
    [InlineData("room@muc.example.com", "i<d'", "by='room@muc.example.com' id='i&lt;d&apos;'")]
    [InlineData("room@muc.example.com", "i<d", "by='room@muc.example.com' id='i&lt;d'")]
    [InlineData("room@muc.example.com/o'clock", "1", "by='room@muc.example.com/o&apos;clock' id='1'")]
    [InlineData("room@muc.example.com", "5f3dbc5e-e1d3-4077", "by='room@muc.example.com' id='5f3dbc5e-e1d3-4077'")]
    [InlineData("r\u00f6\u00f6m@muc.example.com", "\u00ef", "by='r\u00f6\u00f6m@muc.example.com' id='\u00ef'")]
    public void An_id_goes_behind_the_payload_and_is_found_there(string by, string id, string attributes)
    {
        foreach (var rest in new[] { "", new string('x', 300) })
        {
            var marked = new StanzaId(id + rest, Jid.Parse(by)).AppendTo(Read("<message id='m'><body>Hi</body></message>"));

            Assert.Equal($"<message id='m'><body>Hi</body><stanza-id xmlns='urn:xmpp:sid:0' {attributes[..^1]}{rest}'/></message>", Text(marked));
            Assert.Equal(id + rest, StanzaId.Of(marked, Jid.Parse(by)));
            Assert.Null(StanzaId.Of(marked, Jid.Parse("example.com")));
            Assert.Equal(Children(Read(Text(marked))), Children(marked));
        }
    }

    [Theory]
    [InlineData("<body>Hi</body>", "<body>Hi</body>")]
    [InlineData("{0}<body>Hi</body>{0}{0}", "<body>Hi</body>")]
    [InlineData("<a/>{0}<b/> {0} <c/>", "<a/><b/>  <c/>")]
    [InlineData("{0}", "")]
    [InlineData("<stanza-id xmlns='urn:xmpp:sid:0' by='other@muc.example.com' id='1'/>{0}", "<stanza-id xmlns='urn:xmpp:sid:0' by='other@muc.example.com' id='1'/>")]
    [InlineData("<stanza-id xmlns='urn:xmpp:sid:0' id='1'/>", "<stanza-id xmlns='urn:xmpp:sid:0' id='1'/>")]
    [InlineData("<stanza-id xmlns='urn:xmpp:sid:0' by='ROOM@muc.example.com' id='1'/><x/>", "<x/>")]
    [InlineData("<s:stanza-id xmlns:s='urn:xmpp:sid:0' by='&#114;oom@muc.example.com' id='1'>x<y/></s:stanza-id><x/>", "<x/>")]
    [InlineData("<origin-id xmlns='urn:xmpp:sid:0' id='1'/>{0}", "<origin-id xmlns='urn:xmpp:sid:0' id='1'/>")]
    [InlineData("<w>{0}</w>", "<w>{0}</w>")]
    public void Forged_ids_are_removed_and_nothing_else(string content, string left)
    {
        const string forged = "<stanza-id xmlns='urn:xmpp:sid:0' by='room@muc.example.com' id='forged'/>";
        var stanza = Read($"<message>{content.Replace("{0}", forged, StringComparison.Ordinal)}</message>");

        var cleaned = StanzaId.RemoveFrom(stanza, Room.Equals);

        Assert.Equal(left.Replace("{0}", forged, StringComparison.Ordinal), Encoding.UTF8.GetString(cleaned.Payload.Span));
        Assert.Equal(Children(Read($"<message>{Encoding.UTF8.GetString(cleaned.Payload.Span)}</message>")), Children(cleaned));
    }

    [Theory]
    [InlineData("<message/>", null)]
    [InlineData("<message id='a'/>", "a")]
    [InlineData("<message id='&lt;&amp;&#39;\u00e9'/>", "<&'\u00e9")]
    public void The_id_attribute_is_told_as_text(string message, string? id) => Assert.Equal(id, Read(message).IdText);

    private static Stanza Read(string xml) => Stanza.Read(Encoding.UTF8.GetBytes(xml), StanzaContext.Client())!;

    private static string Text(Stanza stanza) => Encoding.UTF8.GetString(stanza.ToBytes());

    private static IEnumerable<string> Children(Stanza stanza) => stanza.Children.Select(child =>
        $"{child.Start}+{child.Length} {{{Encoding.UTF8.GetString(child.NamespaceUri.Span)}}}{Encoding.UTF8.GetString(child.LocalName.Span)}");
}
