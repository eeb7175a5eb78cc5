using System.Buffers;
using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class ForwardedTests
{
    private const string Message =
        "<message xmlns='jabber:client' from='juliet@capulet.lit/orchard' to='romeo@montague.lit' type='chat' id='0202197'>"
        + "<body>Yet I should kill thee with much cherishing.</body><mood xmlns='http://jabber.org/protocol/mood'><amorous/></mood></message>";

    private const string Example =
        "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/>" + Message + "</forwarded>";

    private static readonly DateTimeOffset Stamp = new(2010, 7, 10, 23, 8, 25, TimeSpan.Zero);

    [Fact]
    public void The_example_is_read()
    {
        var forwarded = Forwarded.Parse(Payload.Read(Example));

        Assert.Equal(Stamp, forwarded.Delay?.Stamp);
        Assert.Equal(Jid.Parse("juliet@capulet.lit/orchard"), forwarded.Stanza.From);
        Assert.Equal(Jid.Parse("romeo@montague.lit"), forwarded.Stanza.To);
        Assert.Equal(StanzaType.Chat, forwarded.Stanza.Type);
        Assert.True(forwarded.Stanza.HasChild("mood"u8, "http://jabber.org/protocol/mood"u8));
    }

    [Theory]
    [InlineData(Example)]
    [InlineData("<forwarded xmlns='urn:xmpp:forward:0'>" + Message + "</forwarded>")]
    [InlineData("<forwarded xmlns='urn:xmpp:forward:0'><presence xmlns='jabber:client' from='a@b/c'/></forwarded>")]
    public void What_is_read_is_written(string xml)
    {
        var forwarded = Forwarded.Parse(Payload.Read(xml));

        Assert.Equal(xml, Payload.Write(forwarded.WriteTo));
        Assert.Equal(xml, Written(output => Forwarded.Write(output, forwarded.Stanza, forwarded.Delay?.Stamp)));
        Assert.Equal(xml, Written(output => Forwarded.Write(output, forwarded.Stanza.ToBytes(), forwarded.Delay?.Stamp)));
    }

    [Fact]
    public void An_empty_stanza_keeps_its_namespace()
    {
        var empty = Stanza.Create(StanzaKind.Presence, StanzaType.None, null, null);

        Assert.Equal(
            "<forwarded xmlns='urn:xmpp:forward:0'><presence xmlns='jabber:client'/></forwarded>",
            Written(output => Forwarded.Write(output, empty.ToBytes(), null)));
    }

    [Fact]
    public void A_stanza_between_servers_is_read()
    {
        var forwarded = Forwarded.Parse(Payload.Read(
            "<forwarded xmlns='urn:xmpp:forward:0'><s:message xmlns:s='jabber:server' from='a@b/c'><s:body>Hi</s:body></s:message></forwarded>"));

        Assert.True(forwarded.Stanza.HasChild("body"u8, "jabber:client"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<message/>")]
    [InlineData("<message xmlns=''/>")]
    [InlineData("<body xmlns='jabber:client'/>")]
    [InlineData(Message + Message)]
    [InlineData(Message + "<delay xmlns='urn:xmpp:delay'/>")]
    public void What_forwards_nothing_or_two_is_refused(string content) =>
        Payload.Refused(StanzaErrorCondition.BadRequest, () => Forwarded.Parse(Payload.Read($"<forwarded xmlns='urn:xmpp:forward:0'>{content}</forwarded>")));

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
