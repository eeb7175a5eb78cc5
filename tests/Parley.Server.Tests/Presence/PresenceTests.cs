using Parley.Server.Storage;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Presence;

/// <summary>RFC 6121 §4.2, §4.4, §4.5 and §4.7.</summary>
public class PresenceTests
{
    private const string Juliet = "juliet@example.org/balcony";
    private const string Romeo = "romeo@example.org/orchard";

    [Fact]
    public async Task However_much_its_other_resources_say_a_new_one_hears_it()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.MaxOutputBytes = 128 * 1024);
        var others = new List<TestClient>();
        for (var i = 0; i < 6; i++)
        {
            var other = await server.LoginAsync($"juliet@example.org/{i}");
            await other.AppearAsync($"<status>{new string('x', 100_000)}</status>");
            foreach (var earlier in others)
            {
                await earlier.ReceiveAsync();
                await other.ReceiveAsync();
            }

            others.Add(other);
        }

        var juliet = await server.LoginAsync("juliet@example.org/new");
        await juliet.AppearAsync();
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal($"juliet@example.org/{i}", (await juliet.ReceiveAsync()).Attribute("from"));
        }
    }

    [Fact]
    public async Task Initial_presence_goes_to_the_sender_itself_and_is_not_changed()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync(Juliet);

        await juliet.SendAsync("<presence id='p1' xml:lang='it'><show>away</show><x xmlns='urn:x'>&amp;</x></presence>");

        var presence = await juliet.PresenceFromAsync(Juliet);
        Assert.Equal("p1", presence.Attribute("id"));
        Assert.Equal("&", presence.Child("x", "urn:x")?.Text);
        Assert.Equal("it", presence.Attribute("lang", "http://www.w3.org/XML/1998/namespace"));
        await juliet.ExpectNothingAsync();
    }

    [Fact]
    public async Task Resources_see_each_other()
    {
        await using var server = await XmppTestServer.StartAsync();
        var balcony = await server.OnlineAsync(Juliet);
        var silent = await server.LoginAsync("juliet@example.org/silent");

        var chamber = await server.LoginAsync("juliet@example.org/chamber");
        await chamber.PresenceAsync(-1);

        await chamber.PresenceFromAsync("juliet@example.org/chamber");
        await chamber.PresenceFromAsync(Juliet);
        await balcony.PresenceFromAsync("juliet@example.org/chamber");
        await silent.ExpectNothingAsync(chamber);
    }

    [Theory]
    [InlineData(Subscription.Both, true, true)]
    [InlineData(Subscription.To, false, true)]
    [InlineData(Subscription.From, true, false)]
    [InlineData(Subscription.None, false, false)]
    public async Task Presence_follows_the_subscription(Subscription julietTo, bool isSent, bool isReceived)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org", julietTo);
        var romeo = await server.OnlineAsync(Romeo);

        var juliet = await server.OnlineAsync(Juliet);

        if (isReceived)
        {
            Assert.Equal(Juliet, (await juliet.PresenceFromAsync(Romeo)).Attribute("to"));
        }

        if (isSent)
        {
            Assert.Equal("romeo@example.org", (await romeo.PresenceFromAsync(Juliet)).Attribute("to"));
        }

        await juliet.SendAsync("<presence><show>dnd</show></presence>");
        await juliet.PresenceFromAsync(Juliet);
        if (isSent)
        {
            Assert.Equal("dnd", (await romeo.PresenceFromAsync(Juliet)).Child("show", "jabber:client")?.Text);
        }

        await juliet.SendAsync("<presence type='unavailable'><status>gone</status></presence>");
        await juliet.PresenceFromAsync(Juliet, "unavailable");
        if (isSent)
        {
            Assert.Equal("gone", (await romeo.PresenceFromAsync(Juliet, "unavailable")).Child("status", "jabber:client")?.Text);
        }

        await romeo.ExpectNothingAsync(juliet);
        await juliet.ExpectNothingAsync(romeo);
    }

    [Fact]
    public async Task Every_resource_of_a_contact_gets_presence_and_shows_its_own()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var orchard = await server.OnlineAsync(Romeo);
        var street = await server.OnlineAsync("romeo@example.org/street", -5);
        await orchard.PresenceFromAsync("romeo@example.org/street");
        await street.PresenceFromAsync(Romeo);

        var juliet = await server.OnlineAsync(Juliet);

        await juliet.PresenceFromAsync(Romeo);
        await juliet.PresenceFromAsync("romeo@example.org/street");
        await orchard.PresenceFromAsync(Juliet);
        await street.PresenceFromAsync(Juliet);
    }

    [Fact]
    public async Task A_vanished_connection_is_unavailable()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var romeo = await server.OnlineAsync(Romeo);
        var chamber = await server.OnlineAsync("juliet@example.org/chamber");
        await chamber.PresenceFromAsync(Romeo);
        var juliet = await server.OnlineAsync(Juliet);
        await chamber.PresenceFromAsync(Juliet);
        await romeo.PresenceFromAsync("juliet@example.org/chamber");
        await romeo.PresenceFromAsync(Juliet);

        await juliet.DisposeAsync();

        await romeo.PresenceFromAsync(Juliet, "unavailable");
        await chamber.PresenceFromAsync(Juliet, "unavailable");
        await romeo.ExpectNothingAsync(chamber);
    }

    [Fact]
    public async Task A_resource_that_was_not_available_vanishes_unseen()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var romeo = await server.OnlineAsync(Romeo);
        var juliet = await server.OnlineAsync(Juliet);
        await romeo.PresenceFromAsync(Juliet);
        await juliet.SendAsync("<presence type='unavailable'/>");
        await romeo.PresenceFromAsync(Juliet, "unavailable");

        await juliet.SendAsync("<presence type='unavailable'/>");
        await juliet.BarrierAsync();
        await juliet.DisposeAsync();

        await romeo.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_resource_that_is_taken_over_goes_and_comes()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var romeo = await server.OnlineAsync(Romeo);
        var old = await server.OnlineAsync(Juliet);
        await romeo.PresenceFromAsync(Juliet);

        var juliet = await server.LoginAsync(Juliet);
        await old.ExpectEndAsync();
        await romeo.PresenceFromAsync(Juliet, "unavailable");
        await juliet.PresenceAsync();

        await romeo.PresenceFromAsync(Juliet);
        await romeo.ExpectNothingAsync(juliet);
    }

    [Theory]
    [InlineData("-128")]
    [InlineData("127")]
    [InlineData("0")]
    [InlineData(" 5 ")]
    [InlineData("+1")]
    public async Task A_priority_is_a_small_integer(string priority)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync(Juliet);

        await juliet.SendAsync($"<presence><priority>{priority}</priority></presence>");

        await juliet.PresenceFromAsync(Juliet);
    }

    [Theory]
    [InlineData("<presence><priority>128</priority></presence>")]
    [InlineData("<presence><priority>-129</priority></presence>")]
    [InlineData("<presence><priority>high</priority></presence>")]
    [InlineData("<presence><priority/></presence>")]
    [InlineData("<presence type='invisible'/>")]
    [InlineData("<presence type='available'/>")]
    [InlineData("<presence type='probe'/>")]
    public async Task Bad_presence_is_refused_and_reaches_nobody(string presence)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var romeo = await server.OnlineAsync(Romeo);
        var juliet = await server.LoginAsync(Juliet);

        await juliet.SendAsync(presence);

        (await juliet.ReceiveAsync()).IsError("bad-request", "modify");
        await romeo.ExpectNothingAsync(juliet);
        await romeo.SendAsync("<message to='juliet@example.org' type='headline'><body>Only for the available</body></message>");
        await juliet.ExpectNothingAsync(romeo);
    }

    [Fact]
    public async Task A_negative_priority_takes_no_messages_until_it_rises()
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync(Romeo);
        var juliet = await server.OnlineAsync(Juliet, -1);
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>Later</body></message>");
        await juliet.ExpectNothingAsync(romeo);

        await juliet.PresenceAsync(0);

        await juliet.PresenceFromAsync(Juliet);
        Assert.Equal("Later", (await juliet.MessageAsync()).Body());
    }

    [Fact]
    public async Task The_blocked_neither_see_nor_are_seen()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var juliet = await server.LoginAsync(Juliet);
        await juliet.IqAsync("set", null, "<block xmlns='urn:xmpp:blocking'><item jid='romeo@example.org'/></block>");
        var romeo = await server.OnlineAsync(Romeo);

        await juliet.PresenceAsync();

        await juliet.PresenceFromAsync(Juliet);
        await romeo.ExpectNothingAsync(juliet);
        await juliet.ExpectNothingAsync(romeo);
        await juliet.SendAsync("<presence to='romeo@example.org' type='unsubscribed'/>");
        (await juliet.ReceiveAsync()).IsError("not-acceptable", "cancel");
        Assert.Equal("romeo@example.org both", Assert.Single((await juliet.RosterAsync())!.Value.Items()).Summary());
    }

    [Fact]
    public async Task A_removed_account_leaves_its_contacts()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var romeo = await server.OnlineAsync(Romeo);
        var juliet = await server.OnlineAsync(Juliet);
        await romeo.PresenceFromAsync(Juliet);

        await juliet.SendAsync("<iq type='set' id='u1'><query xmlns='jabber:iq:register'><remove/></query></iq>");

        await romeo.PresenceFromAsync(Juliet, "unavailable");
        await romeo.PresenceFromAsync("juliet@example.org", "unsubscribe");
        Assert.Equal("juliet@example.org to", await romeo.PushAsync());
        await romeo.PresenceFromAsync("juliet@example.org", "unsubscribed");
        Assert.Equal("juliet@example.org none", await romeo.PushAsync());
        await juliet.ExpectEndAsync();
        var next = await server.LoginAsync("juliet@example.org/heir");
        Assert.False((await next.RosterAsync())!.Value.HasChildren);
    }
}
