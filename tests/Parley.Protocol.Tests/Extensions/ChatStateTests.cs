using System.Text;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class ChatStateTests
{
    private const string Composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";

    [Theory]
    [InlineData("chat", Composing, true)]
    [InlineData("groupchat", Composing, true)]
    [InlineData("chat", Composing + "<thread>t</thread>", true)]
    [InlineData("chat", Composing + "<no-store xmlns='urn:xmpp:hints'/><origin-id xmlns='urn:xmpp:sid:0' id='1'/>", true)]
    [InlineData("chat", Composing + "<store xmlns='urn:xmpp:hints'/>", false)]
    [InlineData("chat", Composing + "<body>Hi</body>", false)]
    [InlineData("chat", Composing + "<received xmlns='urn:xmpp:receipts' id='1'/>", false)]
    [InlineData("chat", "<no-store xmlns='urn:xmpp:hints'/>", false)]
    [InlineData("chat", "", false)]
    [InlineData("normal", Composing, false)]
    [InlineData("error", Composing, false)]
    public void A_state_is_alone_when_nothing_else_is_said(string type, string content, bool alone) =>
        Assert.Equal(alone, ChatState.IsAlone(Stanza.Read(Encoding.UTF8.GetBytes($"<message type='{type}'>{content}</message>"), StanzaContext.Client())!));
}
