using Parley.Protocol.Xml;
using Parley.Server.Tests.Archive;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Archive.ArchiveClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>What a room passes on as it is, and which of it its archive keeps (XEP-0085, XEP-0184, XEP-0333, XEP-0334).</summary>
public sealed class PassingContentTests
{
    [Theory]
    [InlineData("<active xmlns='http://jabber.org/protocol/chatstates'/>", false)]
    [InlineData("<received xmlns='urn:xmpp:receipts' id='m'/>", false)]
    [InlineData("<displayed xmlns='urn:xmpp:chat-markers:0' id='m'/>", true)]
    [InlineData("<reactions xmlns='urn:xmpp:reactions:0' id='m'><reaction>x</reaction></reactions>", true)]
    [InlineData("<body>x</body><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>", true)]
    [InlineData("<body>x</body><active xmlns='http://jabber.org/protocol/chatstates'/>", true)]
    [InlineData("<body>x</body><no-copy xmlns='urn:xmpp:hints'/>", true)]
    [InlineData("<body>x</body><no-store xmlns='urn:xmpp:hints'/>", false)]
    [InlineData("<body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/>", false)]
    [InlineData("<body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/><store xmlns='urn:xmpp:hints'/>", false)]
    [InlineData("<w xmlns='urn:w'/><store xmlns='urn:xmpp:hints'/>", true)]
    [InlineData("<subject>x</subject><no-store xmlns='urn:xmpp:hints'/>", false)]
    public async Task It_reaches_everybody_and_is_kept_or_not(string payload, bool isKept)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        await crone.SendAsync($"<message type='groupchat' id='p' to='{Coven}'>{payload}</message>");

        var message = await wicca.MessageAsync();
        Assert.Contains(payload, message.ToText(), StringComparison.Ordinal);
        Assert.Equal(isKept, message.StanzaId(Coven) is not null);
        await crone.AfterAsync(crone);
        Assert.Equal(isKept ? 1 : 0, (await crone.AskAsync(Query(), Coven)).Results.Count);
    }
}
