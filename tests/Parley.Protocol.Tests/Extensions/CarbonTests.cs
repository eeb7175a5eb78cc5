using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class CarbonTests
{
    private const string Original =
        "<message xmlns='jabber:client' from='juliet@capulet.example/balcony' to='romeo@montague.example/garden' type='chat'>"
        + "<body>What man art thou that, thus bescreen'd in night, so stumblest on my counsel?</body>"
        + "<thread>0e3141cd80894871a68e6fe6b1ec56fa</thread></message>";

    private static readonly Jid Romeo = Jid.Parse("romeo@montague.example");
    private static readonly Jid Home = Jid.Parse("romeo@montague.example/home");

    [Fact]
    public void The_examples_are_written_and_read()
    {
        foreach (var (direction, name) in new[] { (CarbonDirection.Received, "received"), (CarbonDirection.Sent, "sent") })
        {
            var wrapper = new Carbon(direction, Message(Original)).Wrap(Romeo, Home);

            var xml = $"<message from='romeo@montague.example' to='romeo@montague.example/home' type='chat'><{name} xmlns='urn:xmpp:carbons:2'>"
                + $"<forwarded xmlns='urn:xmpp:forward:0'>{Original}</forwarded></{name}></message>";
            Assert.Equal(xml, Encoding.UTF8.GetString(wrapper.ToBytes()));
            Assert.True(Carbon.IsWrapper(wrapper));

            var carbon = Carbon.Read(Message(xml), Home);
            Assert.Equal(direction, carbon?.Direction);
            Assert.Equal(Original, Payload.Write(writer => writer.Raw(Standalone(carbon!.Message))));
        }
    }

    [Fact]
    public void Only_the_account_itself_is_believed()
    {
        foreach (var forger in new[] { "tybalt@capulet.example/home", "romeo@montague.example/garden", "montague.example", "romeo@capulet.example", "" })
        {
            var from = forger.Length > 0 ? $"from='{forger}' " : "";
            var xml = $"<message {from}to='romeo@montague.example' type='chat'><received xmlns='urn:xmpp:carbons:2'>"
                + $"<forwarded xmlns='urn:xmpp:forward:0'>{Original}</forwarded></received></message>";

            Assert.Null(Carbon.Read(Message(xml), Home));
        }
    }

    [Fact]
    public void A_message_without_a_copy_is_none() =>
        Assert.Null(Carbon.Read(Message("<message from='romeo@montague.example'><sent xmlns='urn:xmpp:carbons:1'/></message>"), Home));

    [Theory]
    [InlineData("")]
    [InlineData("<forwarded xmlns='urn:xmpp:forward:0'/>")]
    [InlineData("<forwarded xmlns='urn:xmpp:forward:0'><presence xmlns='jabber:client'/></forwarded>")]
    public void A_copy_of_nothing_is_refused(string content)
    {
        var wrapper = Message($"<message from='romeo@montague.example'><sent xmlns='urn:xmpp:carbons:2'>{content}</sent></message>");

        Payload.Refused(StanzaErrorCondition.BadRequest, () => Carbon.Read(wrapper, Home));
    }

    private static Stanza Message(string xml) => Stanza.Read(Encoding.UTF8.GetBytes(xml), StanzaContext.Client())!;

    private static byte[] Standalone(Stanza stanza)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        stanza.WriteStandaloneTo(output);
        return output.WrittenSpan.ToArray();
    }
}
