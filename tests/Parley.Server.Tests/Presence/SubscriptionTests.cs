using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Presence;

/// <summary>RFC 6121 §3, between two accounts of one server.</summary>
public class SubscriptionTests
{
    [Fact]
    public async Task A_subscription_is_asked_for_and_granted()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");
        var romeo = await server.OnlineAsync("romeo@example.org/orchard");

        await juliet.SendAsync("<presence id='xk3h1v69' to='romeo@example.org/orchard' type='subscribe'><nick xmlns='http://jabber.org/protocol/nick'>J</nick></presence>");
        Assert.Equal("romeo@example.org none ask=subscribe", await juliet.PushAsync());
        var request = await romeo.PresenceFromAsync("juliet@example.org", "subscribe");
        Assert.Equal(("xk3h1v69", "romeo@example.org"), (request.Attribute("id"), request.Attribute("to")));
        Assert.NotNull(request.Child("nick", "http://jabber.org/protocol/nick"));

        await romeo.SendAsync("<presence id='h4v1c4kj' to='juliet@example.org' type='subscribed'/>");
        Assert.Equal("juliet@example.org from", await romeo.PushAsync());
        var grant = await juliet.ReceiveAsync();
        Assert.Equal(("subscribed", "romeo@example.org", "h4v1c4kj"), (grant.Attribute("type"), grant.Attribute("from"), grant.Attribute("id")));
        Assert.Equal("romeo@example.org to", await juliet.PushAsync());
        await juliet.PresenceFromAsync("romeo@example.org/orchard");
        await romeo.ExpectNothingAsync(juliet);
        await juliet.ExpectNothingAsync(romeo);
    }

    [Fact]
    public async Task Both_ways_make_both()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org", Subscription.To);
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");
        var romeo = await server.OnlineAsync("romeo@example.org/orchard");
        await juliet.PresenceFromAsync("romeo@example.org/orchard");

        await romeo.SendAsync("<presence to='juliet@example.org' type='subscribe'/>");
        Assert.Equal("juliet@example.org from ask=subscribe", await romeo.PushAsync());
        await juliet.PresenceFromAsync("romeo@example.org", "subscribe");
        await juliet.SendAsync("<presence to='romeo@example.org' type='subscribed'/>");

        Assert.Equal("romeo@example.org both", await juliet.PushAsync());
        Assert.Equal("juliet@example.org both", await romeo.PushAsync());
        await romeo.PresenceFromAsync("juliet@example.org", "subscribed");
        await romeo.PresenceFromAsync("juliet@example.org/balcony");
    }

    [Fact]
    public async Task A_request_is_refused()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");
        var romeo = await server.OnlineAsync("romeo@example.org/orchard");
        await juliet.SendAsync("<presence to='romeo@example.org' type='subscribe'/>");
        await juliet.PushAsync();
        await romeo.PresenceFromAsync("juliet@example.org", "subscribe");

        await romeo.SendAsync("<presence to='juliet@example.org' type='unsubscribed'/>");

        await juliet.PresenceFromAsync("romeo@example.org", "unsubscribed");
        Assert.Equal("romeo@example.org none", await juliet.PushAsync());
        await romeo.ExpectNothingAsync(juliet);
        Assert.False((await romeo.RosterAsync())!.Value.HasChildren);
    }

    [Fact]
    public async Task A_request_waits_for_an_answer_across_logins_and_a_restart()
    {
        await using var first = await XmppTestServer.StartAsync();
        await first.CreateAccountAsync("romeo@example.org");
        var juliet = await first.OnlineAsync("juliet@example.org/balcony");
        await juliet.SendAsync("<presence id='s1' to='romeo@example.org' type='subscribe'><status>Let me &amp; you</status></presence>");
        await juliet.PushAsync();
        await juliet.BarrierAsync();

        foreach (var resource in (string[])["one", "two"])
        {
            var romeo = await first.OnlineAsync($"romeo@example.org/{resource}");
            await IsRequest(romeo);
            await romeo.SendAsync("<presence type='unavailable'/>");
            await romeo.PresenceFromAsync($"romeo@example.org/{resource}", "unavailable");
        }

        await using var second = await XmppTestServer.StartAsync(build: server =>
        {
            server.Services.AddSingleton(first.Get<IAccountStore>());
            server.Services.AddSingleton(first.Get<IRosterStore>());
        });
        var after = await second.OnlineAsync("romeo@example.org/three");
        await IsRequest(after);
        await after.SendAsync("<presence to='juliet@example.org' type='subscribed'/>");
        Assert.Equal("juliet@example.org from", await after.PushAsync());
        var last = await second.OnlineAsync("romeo@example.org/four");
        await last.PresenceFromAsync("romeo@example.org/three");
        await last.ExpectNothingAsync();

        static async Task IsRequest(TestClient romeo)
        {
            var request = await romeo.PresenceFromAsync("juliet@example.org", "subscribe");
            Assert.Equal("s1", request.Attribute("id"));
            Assert.Equal("Let me & you", request.Child("status", "jabber:client")?.Text);
        }
    }

    [Fact]
    public async Task A_second_request_is_not_delivered_again()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");
        var romeo = await server.OnlineAsync("romeo@example.org/orchard");

        await juliet.SendAsync("<presence to='romeo@example.org' type='subscribe'/><presence to='romeo@example.org' type='subscribe'/>");

        await romeo.PresenceFromAsync("juliet@example.org", "subscribe");
        await romeo.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task A_subscriber_that_asks_again_is_answered_at_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        await server.CreateAccountAsync("romeo@example.org");

        // Romeo's server remembers, Juliet's does not.
        var item = new RosterItem(Jid.Parse("juliet@example.org"), null, Subscription.From, false, false, [], default, true, 0);
        await server.Get<IRosterStore>().SetAsync(Jid.Parse("romeo@example.org"), item, CancellationToken.None);
        var romeo = await server.OnlineAsync("romeo@example.org/orchard");
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");

        await juliet.SendAsync("<presence to='romeo@example.org' type='subscribe'/>");

        Assert.Equal("romeo@example.org none ask=subscribe", await juliet.PushAsync());
        await juliet.PresenceFromAsync("romeo@example.org", "subscribed");
        Assert.Equal("romeo@example.org to", await juliet.PushAsync());
        await romeo.ExpectNothingAsync(juliet);
    }

    [Theory]
    [InlineData("subscribe")]
    [InlineData("unsubscribe")]
    [InlineData("subscribed")]
    [InlineData("unsubscribed")]
    public async Task Nothing_tells_that_an_account_does_not_exist(string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        await juliet.SendAsync($"<presence to='nobody@example.org' type='{type}'/>");

        await juliet.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_subscription_is_cancelled_by_the_contact()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var romeo = await server.OnlineAsync("romeo@example.org/orchard");
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");
        await juliet.PresenceFromAsync("romeo@example.org/orchard");
        await romeo.PresenceFromAsync("juliet@example.org/balcony");

        await romeo.SendAsync("<presence to='juliet@example.org' type='unsubscribed'/>");

        Assert.Equal("juliet@example.org to", await romeo.PushAsync());
        await juliet.PresenceFromAsync("romeo@example.org/orchard", "unavailable");
        await juliet.PresenceFromAsync("romeo@example.org", "unsubscribed");
        Assert.Equal("romeo@example.org from", await juliet.PushAsync());
    }

    [Fact]
    public async Task A_user_unsubscribes()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var romeo = await server.OnlineAsync("romeo@example.org/orchard");
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");
        await juliet.PresenceFromAsync("romeo@example.org/orchard");
        await romeo.PresenceFromAsync("juliet@example.org/balcony");

        await juliet.SendAsync("<presence to='romeo@example.org' type='unsubscribe'/>");

        Assert.Equal("romeo@example.org from", await juliet.PushAsync());
        await romeo.PresenceFromAsync("juliet@example.org", "unsubscribe");
        Assert.Equal("juliet@example.org to", await romeo.PushAsync());
        await juliet.PresenceFromAsync("romeo@example.org/orchard", "unavailable");
    }

    [Fact]
    public async Task A_pre_approved_request_is_answered_at_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");
        var romeo = await server.OnlineAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<presence to='juliet@example.org' type='subscribed'/>");
        Assert.Equal("juliet@example.org none approved=true", await romeo.PushAsync());
        await juliet.ExpectNothingAsync(romeo);

        await juliet.SendAsync("<presence to='romeo@example.org' type='subscribe'/>");

        Assert.Equal("romeo@example.org none ask=subscribe", await juliet.PushAsync());
        await juliet.PresenceFromAsync("romeo@example.org", "subscribed");
        Assert.Equal("romeo@example.org to", await juliet.PushAsync());
        await juliet.PresenceFromAsync("romeo@example.org/orchard");
        Assert.Equal("juliet@example.org from approved=true", await romeo.PushAsync());
        await romeo.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task A_pre_approval_is_taken_back_unheard()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");
        var romeo = await server.OnlineAsync("romeo@example.org/orchard");
        await romeo.SetRosterAsync("<item jid='juliet@example.org'/>");
        await romeo.PushAsync();
        await romeo.SendAsync("<presence to='juliet@example.org' type='subscribed'/>");
        await romeo.PushAsync();

        await romeo.SendAsync("<presence to='juliet@example.org' type='unsubscribed'/>");

        Assert.Equal("juliet@example.org none", await romeo.PushAsync());
        await juliet.ExpectNothingAsync(romeo);
        await juliet.SendAsync("<presence to='romeo@example.org' type='subscribe'/>");
        await romeo.PresenceFromAsync("juliet@example.org", "subscribe");
    }

    [Fact]
    public async Task Requests_that_wait_are_bounded_together()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var status = new string('x', 8000);
        for (var i = 0; i < 40; i++)
        {
            var suitor = await server.LoginAsync($"suitor{i}@example.org/s");
            await suitor.SendAsync($"<presence to='juliet@example.org' type='subscribe'><status>{status}</status></presence>");
            await suitor.BarrierAsync();
        }

        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.SendAsync("<presence/>");
        await juliet.BarrierAsync();
        var heard = (await juliet.ReceiveAllAsync()).Count(static stanza => stanza.Attribute("type") == "subscribe");

        Assert.InRange(heard * status.Length, 200 * 1024, 256 * 1024);
    }

    [Theory]
    [InlineData("<presence type='subscribe'/>", "bad-request", "modify")]
    [InlineData("<presence type='unsubscribed'/>", "bad-request", "modify")]
    [InlineData("<presence type='subscribe' to='juliet@example.org'/>", "not-allowed", "cancel")]
    [InlineData("<presence type='subscribe' to='romeo@elsewhere.example'/>", "remote-server-not-found", "cancel")]
    [InlineData("<presence type='subscribe' to='@'/>", "jid-malformed", "modify")]
    public async Task A_bad_request_is_refused(string presence, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        await juliet.SendAsync(presence);

        (await juliet.ReceiveAsync()).IsError(condition, type);
    }
}
