using Parley.Server.Storage;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Presence;

/// <summary>RFC 6121 §4.3.2. A client's probe is answered as a server's would be.</summary>
public class ProbeTests
{
    private const string Juliet = "juliet@example.org/balcony";
    private const string Romeo = "romeo@example.org/orchard";

    [Theory]
    [InlineData("romeo@example.org")]
    [InlineData(Romeo)]
    public async Task A_subscriber_is_told(string to)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org", Subscription.To);
        var romeo = await server.LoginAsync(Romeo);
        await romeo.SendAsync("<presence><show>xa</show></presence>");
        await romeo.BarrierAsync();
        var juliet = await server.LoginAsync(Juliet);

        await juliet.SendAsync($"<presence type='probe' to='{to}'/>");

        var presence = await juliet.PresenceFromAsync(Romeo);
        Assert.Equal("xa", presence.Child("show", "jabber:client")?.Text);
        Assert.Equal(Juliet, presence.Attribute("to"));
        await juliet.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("romeo@example.org")]
    [InlineData("romeo@example.org/street")]
    public async Task A_subscriber_is_told_that_nobody_is_there(string to)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org", Subscription.To);
        await server.LoginAsync(Romeo);
        var juliet = await server.LoginAsync(Juliet);

        await juliet.SendAsync($"<presence type='probe' to='{to}'/>");

        await juliet.PresenceFromAsync(to, "unavailable");
    }

    [Fact]
    public async Task The_last_words_are_told()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org", Subscription.To);
        var romeo = await server.OnlineAsync(Romeo);
        await romeo.SendAsync("<presence type='unavailable'><status>Banished</status></presence></stream:stream>");
        await romeo.ExpectEndAsync();
        await romeo.DisposeAsync();
        var juliet = await server.LoginAsync(Juliet);

        await juliet.SendAsync("<presence type='probe' to='romeo@example.org'/>");

        var presence = await juliet.PresenceFromAsync("romeo@example.org", "unavailable");
        Assert.Equal("Banished", presence.Child("status", "jabber:client")?.Text);
        Assert.Equal("2026-01-01T12:00:00Z", presence.Child("delay", "urn:xmpp:delay")?.Attribute("stamp"));
    }

    // The answer is one that the prober's own server keeps to itself: there is no subscription to cancel.
    [Theory]
    [InlineData("romeo@example.org")]
    [InlineData(Romeo)]
    [InlineData("nobody@example.org")]
    [InlineData("nobody@example.org/orchard")]
    public async Task A_stranger_learns_nothing(string to)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org", Subscription.From);
        await server.OnlineAsync(Romeo);
        var juliet = await server.LoginAsync(Juliet);
        await juliet.RosterAsync();

        await juliet.SendAsync($"<presence type='probe' to='{to}'/>");

        await juliet.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_subscription_that_the_contact_does_not_know_of_is_cancelled()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "nobody@example.org", Subscription.To);
        await server.Get<IAccountStore>().RemoveAsync(Protocol.Addressing.Jid.Parse("nobody@example.org"), CancellationToken.None);
        var juliet = await server.LoginAsync(Juliet);
        await juliet.RosterAsync();

        await juliet.SendAsync("<presence type='probe' to='nobody@example.org'/>");

        await juliet.PresenceFromAsync("nobody@example.org", "unsubscribed");
        Assert.Equal("nobody@example.org none", await juliet.PushAsync());
    }

    [Fact]
    public async Task Whoever_got_directed_presence_may_ask_again()
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.OnlineAsync(Romeo);
        await server.OnlineAsync("romeo@example.org/street");
        var juliet = await server.LoginAsync(Juliet);
        await romeo.SendAsync($"<presence to='{Juliet}'/>");
        await juliet.PresenceFromAsync(Romeo);

        await juliet.SendAsync("<presence type='probe' to='romeo@example.org'/>");

        await juliet.PresenceFromAsync(Romeo);
        await juliet.ExpectNothingAsync();
    }
}
