using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Roster;

/// <summary>RFC 6121 §2.1 to §2.5.</summary>
public class RosterTests
{
    [Fact]
    public async Task A_new_roster_is_empty()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        var roster = await juliet.RosterAsync();

        Assert.Equal(RosterClient.Namespace, roster!.Value.NamespaceUri);
        Assert.False(roster.Value.HasChildren);
        Assert.Null(roster.Value.Attribute("ver"));
    }

    [Fact]
    public async Task A_contact_is_added_updated_and_removed()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.RosterAsync();

        Assert.Null((await juliet.SetRosterAsync("<item jid='nurse@example.org' name='Nurse'><group>Servants</group></item>")).IsResult());
        Assert.Equal("nurse@example.org none 'Nurse' [Servants]", await juliet.PushAsync());

        await juliet.SetRosterAsync("<item jid='Nurse@example.org/kitchen' name='The Nurse'><group>Servants</group><group>Friends</group></item>");
        Assert.Equal("nurse@example.org none 'The Nurse' [Servants] [Friends]", await juliet.PushAsync());
        Assert.Equal("nurse@example.org none 'The Nurse' [Servants] [Friends]", Assert.Single((await juliet.RosterAsync())!.Value.Items()).Summary());

        await juliet.SetRosterAsync("<item jid='nurse@example.org' subscription='remove'/>");
        Assert.Equal("nurse@example.org remove", await juliet.PushAsync());
        Assert.False((await juliet.RosterAsync())!.Value.HasChildren);
    }

    [Fact]
    public async Task What_is_the_servers_is_not_set_by_a_client()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.RosterAsync();

        await juliet.SetRosterAsync("<item jid='romeo@example.org' subscription='both' ask='subscribe' approved='true'/>");

        Assert.Equal("romeo@example.org none", await juliet.PushAsync());
    }

    [Fact]
    public async Task Only_interested_resources_get_pushes()
    {
        await using var server = await XmppTestServer.StartAsync();
        var balcony = await server.LoginAsync("juliet@example.org/balcony");
        var chamber = await server.LoginAsync("juliet@example.org/chamber");
        var hall = await server.LoginAsync("juliet@example.org/hall");
        await balcony.RosterAsync();
        await chamber.RosterAsync();

        await balcony.SetRosterAsync("<item jid='nurse@example.org'/>");

        Assert.Equal("nurse@example.org none", await balcony.PushAsync());
        Assert.Equal("nurse@example.org none", await chamber.PushAsync());
        await hall.ExpectNothingAsync(balcony);
    }

    [Fact]
    public async Task An_answered_push_gets_no_answer()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        await juliet.SendAsync("<iq type='result' id='push-1'/><iq type='error' id='push-2'><error type='cancel'/></iq>");

        await juliet.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_roster_survives_a_restart()
    {
        await using var first = await XmppTestServer.StartAsync();
        var juliet = await first.LoginAsync("juliet@example.org/balcony");
        await juliet.SetRosterAsync("<item jid='nurse@example.org' name='Nurse'/>");
        await juliet.SendAsync("<presence type='subscribe' to='romeo@example.org'/>");
        await juliet.BarrierAsync();

        await using var second = await XmppTestServer.StartAsync(build: server =>
        {
            server.Services.AddSingleton(first.Get<IAccountStore>());
            server.Services.AddSingleton(first.Get<IRosterStore>());
        });
        var again = await second.LoginAsync("juliet@example.org/balcony");

        var items = (await again.RosterAsync())!.Value.Items().Select(RosterClient.Summary).Order(StringComparer.Ordinal);
        Assert.Equal(["nurse@example.org none 'Nurse'", "romeo@example.org none ask=subscribe"], items);
    }

    [Theory]
    [InlineData(Subscription.Both, "unsubscribe,unsubscribed")]
    [InlineData(Subscription.To, "unsubscribe")]
    [InlineData(Subscription.From, "unsubscribed")]
    [InlineData(Subscription.None, "")]
    public async Task Removing_a_contact_ends_its_subscriptions(Subscription subscription, string told)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org", subscription);
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.RosterAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        await juliet.SetRosterAsync("<item jid='romeo@example.org' subscription='remove'/>");

        foreach (var type in told.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            await romeo.PresenceFromAsync("juliet@example.org", type);
            await romeo.PushAsync();
        }

        var left = Assert.Single((await romeo.RosterAsync())!.Value.Items()).Summary();
        Assert.Equal("juliet@example.org none", left);
        await romeo.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task Whoever_is_removed_sees_the_user_leave_first()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "romeo@example.org");
        var juliet = await server.OnlineAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.PresenceAsync();
        await romeo.PresenceFromAsync("romeo@example.org/orchard");
        await romeo.PresenceFromAsync("juliet@example.org/balcony");

        await juliet.SetRosterAsync("<item jid='romeo@example.org' subscription='remove'/>");

        await romeo.PresenceFromAsync("juliet@example.org/balcony", "unavailable");
    }
}
