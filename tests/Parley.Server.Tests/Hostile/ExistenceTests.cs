using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>What strangers are told of an account is what they are told of one that does not exist, byte for byte.</summary>
public class ExistenceTests
{
    [Theory]
    [InlineData("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")]
    [InlineData("<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>")]
    [InlineData("<query xmlns='jabber:iq:register'/>")]
    [InlineData("<query xmlns='jabber:iq:register'><remove/></query>")]
    [InlineData("<query xmlns='jabber:iq:roster'/>")]
    [InlineData("<query xmlns='jabber:iq:private'><a xmlns='urn:x'/></query>")]
    [InlineData("<query xmlns='jabber:iq:last'/>")]
    [InlineData("<query xmlns='jabber:iq:version'/>")]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#info'/>")]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>")]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#items'/>")]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#items' node='x'/>")]
    [InlineData("<vCard xmlns='vcard-temp'/>")]
    [InlineData("<blocklist xmlns='urn:xmpp:blocking'/>")]
    [InlineData("<block xmlns='urn:xmpp:blocking'><item jid='a@example.net'/></block>")]
    [InlineData("<unblock xmlns='urn:xmpp:blocking'/>")]
    [InlineData("<ping xmlns='urn:xmpp:ping'/>")]
    [InlineData("<time xmlns='urn:xmpp:time'/>")]
    [InlineData("<unheard-of xmlns='urn:x'/>")]
    public async Task A_request_is_answered_the_same(string payload)
    {
        await using var server = await XmppTestServer.StartAsync();
        var online = await server.LoginAsync("online@example.org/desk");
        await online.SendAsync("<presence/>");
        await server.CreateAccountAsync("offline@example.org");
        var stranger = await server.LoginAsync("stranger@example.org/s");

        foreach (var type in new[] { "get", "set" })
        {
            foreach (var resource in new[] { "", "/unknown" })
            {
                var nobody = await AnswerAsync(stranger, type, payload, "nobody", resource);
                Assert.Equal(nobody, await AnswerAsync(stranger, type, payload, "online", resource));
                Assert.Equal(nobody, await AnswerAsync(stranger, type, payload, "offline", resource));
            }
        }
    }

    private static async Task<string> AnswerAsync(TestClient stranger, string type, string payload, string name, string resource)
    {
        await stranger.SendAsync($"<iq type='{type}' id='same' to='{name}@example.org{resource}'>{payload}</iq>");
        return (await stranger.ReceiveAsync()).ToText().Replace($"{name}@", "name@", StringComparison.Ordinal);
    }
}
