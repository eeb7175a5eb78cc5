using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>What occupants say of themselves (XEP-0045 §7.7), and who hears of it (§16.5.3, presencebroadcast).</summary>
public sealed class PresenceTests
{
    [Fact]
    [Example(54, 55)]
    public async Task A_change_goes_to_everybody_and_addresses_to_those_who_may_see_them()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync($"<presence id='kr7v143h' to='{Coven}/secondwitch'><show>xa</show><status>gone where the goblins go</status></presence>");

        foreach (var client in new[] { crone, wicca, hag })
        {
            var presence = await client.PresenceAsync($"{Coven}/secondwitch");
            Assert.Equal("xa", presence.Child("show", "jabber:client")?.Text);
            Assert.Equal("gone where the goblins go", presence.Child("status", "jabber:client")?.Text);
            Assert.Equal(client == wicca ? "none participant 110" : "none participant", presence.Says());
            Assert.Equal(client == hag ? null : "wiccarocks@example.org/laptop", presence.User().About!.Jid?.ToString());
        }

        // Whoever enters later sees it, too.
        var entry = await (await server.LoginAsync("hecate@example.org/broom")).EnterAsync($"{Coven}/hecate");
        Assert.Equal("xa", entry.Presences[1].Child("show", "jabber:client")?.Text);
    }

    // The one of the highest priority is seen, and when it goes the other.
    [Fact]
    public async Task Of_several_clients_one_is_seen()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var tablet = await server.LoginAsync("hag66@example.org/tablet");

        await tablet.EnterAsync($"{Coven}/thirdwitch", payload: "<show>away</show><priority>5</priority>");
        Assert.Equal("away", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Child("show", "jabber:client")?.Text);
        await hag.SendAsync($"<presence to='{Coven}/thirdwitch'><show>dnd</show></presence>");
        await crone.ExpectNothingAsync(hag);

        await tablet.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        var now = await crone.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Null(now.Attribute("type"));
        Assert.Equal("dnd", now.Child("show", "jabber:client")?.Text);
        Assert.Equal("hag66@example.org/pda", now.User().About!.Jid?.ToString());
        await crone.ExpectNothingAsync(tablet);
    }

    [Fact]
    public async Task Roles_that_are_not_broadcast_are_seen_by_themselves_alone()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_presencebroadcast=moderator");

        Assert.Empty(await crone.ReceiveAllAsync());
        var entry = await (await server.LoginAsync("hecate@example.org/broom")).EnterAsync($"{Coven}/hecate");
        Assert.Equal([$"{Coven}/firstwitch", $"{Coven}/hecate"], entry.Presences.Select(static presence => presence.Attribute("from")));

        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        Assert.Equal("none none 110", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        await wicca.ExpectNothingAsync(hag);
        await crone.ExpectNothingAsync(hag);
    }

    [Theory]
    [InlineData("subscribe")]
    [InlineData("probe")]
    public async Task Presence_of_other_types_neither_enters_nor_leaves(string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        await stranger.SendAsync($"<presence type='{type}' to='{Coven}/macbeth'/>");
        await hag.SendAsync($"<presence type='{type}' to='{Coven}/thirdwitch'/>");

        await crone.ExpectNothingAsync(stranger, hag);
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        Assert.Equal("Thrice", (await crone.MessageAsync()).Body());
    }

    // Neither by asking to enter again and again, nor by going and coming.
    [Fact]
    public async Task Entering_is_no_way_around_the_rates()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.RateLimits = true);
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync(string.Concat(Enumerable.Range(0, 11).Select(number => $"<presence to='{Coven}/thirdwitch'>{Enter()}<status>{number}</status></presence>")));
        Assert.Equal(10, (await crone.AfterAsync(hag)).Count);

        await hag.SendAsync(string.Concat(Enumerable.Repeat($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>", 50)));
        Assert.Equal(50, (await crone.AfterAsync(hag)).Count);
        await hag.SendAsync(string.Concat(Enumerable.Repeat($"<presence type='unavailable' to='{Coven}/thirdwitch'/><presence to='{Coven}/thirdwitch'>{Enter()}</presence>", 9)));
        Assert.Equal(18, (await crone.AfterAsync(hag)).Count);
        await hag.ReceiveAllAsync();
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message><presence type='unavailable' to='{Coven}/thirdwitch'/>");
        (await hag.MessageAsync()).IsError("policy-violation", "wait");
        Assert.Equal("unavailable", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Attribute("type"));
        Assert.Equal("unavailable", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Attribute("type"));
        await hag.RefusedAsync($"{Coven}/thirdwitch", "policy-violation", "wait");

        server.Time.Advance(TimeSpan.FromSeconds(1));
        await hag.EnterAsync($"{Coven}/thirdwitch");
    }

    [Fact]
    public async Task Too_many_changes_and_messages_are_refused_for_a_while()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.RateLimits = true);
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync(string.Concat(Enumerable.Range(0, 11).Select(number => $"<presence to='{Coven}/thirdwitch'><status>{number}</status></presence>")));
        await hag.SendAsync(string.Concat(Enumerable.Range(0, 51).Select(number => $"<message type='groupchat' to='{Coven}'><body>{number}</body></message>")));

        var received = await crone.AfterAsync(hag);
        Assert.Equal(10, received.Count(static element => element.LocalName == "presence"));
        Assert.Equal(50, received.Count(static element => element.LocalName == "message"));
        (await hag.ReceiveAsync(static element => element.LocalName == "presence" && element.Attribute("type") == "error")).IsError("policy-violation", "wait");
        (await hag.ReceiveAsync(static element => element.LocalName == "message" && element.Attribute("type") == "error")).IsError("policy-violation", "wait");

        server.Time.Advance(TimeSpan.FromSeconds(1));
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>again</body></message>");
        Assert.Equal("again", (await crone.MessageAsync()).Body());
    }
}
