using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Leaving a room (XEP-0045 §7.14), without a word (§18.1.2), and because the service stops (§11.2); what becomes of a room that nobody is in.</summary>
public sealed class LeavingTests
{
    [Fact]
    [Example(81, 82, 83)]
    public async Task Who_leaves_is_told_and_so_are_the_others()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'><status>gone where the goblins go</status></presence>");

        foreach (var client in new[] { crone, wicca, hag })
        {
            var presence = await client.PresenceAsync($"{Coven}/thirdwitch");
            Assert.Equal("unavailable", presence.Attribute("type"));
            Assert.Equal(client == hag ? "none none 110" : "none none", presence.Says());
            Assert.Equal(client == wicca ? null : "hag66@example.org/pda", presence.User().About!.Jid?.ToString());
            Assert.Equal("gone where the goblins go", presence.Child("status", "jabber:client")?.Text);
        }

        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        await crone.MessageAsync();
        await hag.ExpectNothingAsync(crone);
    }

    // As aioxmpp does: without the nickname, which the room knows.
    [Fact]
    public async Task Who_leaves_the_room_itself_leaves()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync($"<presence type='unavailable' to='{Coven}'/>");

        Assert.Equal("none none", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Says());
        var own = await hag.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("unavailable", own.Attribute("type"));
        Assert.Equal("none none 110", own.Says());
    }

    // The server says it for the client (RFC 6121 §4.5.2), whatever nicknames it has had.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_goes_offline_leaves(bool saysSo)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        await hag.PresenceAsync();
        await hag.SendAsync($"<presence to='{Coven}/oldhag'/>");
        await hag.BarrierAsync();
        await crone.ReceiveAllAsync();

        if (saysSo)
        {
            await hag.SendAsync("<presence type='unavailable'/>");
        }
        else
        {
            await hag.DisposeAsync();
        }

        Assert.Equal("none none", (await crone.PresenceAsync($"{Coven}/oldhag")).Says());
        await crone.ExpectNothingAsync();
    }

    // §17.3: silently ignored.
    [Fact]
    public async Task Who_is_not_in_the_room_does_not_leave_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        await stranger.SendAsync($"<presence type='unavailable' to='{Coven}/firstwitch'/><presence type='unavailable' to='nowhere@{Service}/firstwitch'/>");

        await stranger.ExpectNothingAsync();
        await crone.ExpectNothingAsync(stranger);
    }

    // §7.2.8, §7.14: the last client of a nickname takes it along.
    [Fact]
    public async Task One_of_two_clients_leaves_for_itself()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var tablet = await server.LoginAsync("hag66@example.org/tablet");
        await tablet.EnterAsync($"{Coven}/thirdwitch", payload: "<priority>-1</priority>");
        await hag.ReceiveAllAsync();

        await tablet.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        Assert.Equal("none none 110", (await tablet.PresenceAsync($"{Coven}/thirdwitch")).Says());
        await crone.ExpectNothingAsync(tablet);
        await hag.ExpectNothingAsync(tablet);

        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        Assert.Equal("none none", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Says());
    }

    // A resource that is bound anew is another client: the old one's end does not put the new one out.
    [Fact]
    public async Task The_end_of_a_session_does_not_put_out_its_successor()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        var again = await server.LoginAsync("hag66@example.org/pda");
        await hag.ServedAsync();
        await again.EnterAsync($"{Coven}/thirdwitch");

        await again.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        Assert.Equal("Thrice", (await crone.MessageAsync()).Body());
        Assert.Equal("Thrice", (await again.MessageAsync()).Body());
    }

    [Fact]
    public async Task A_temporary_room_goes_with_the_last_occupant_and_a_persistent_one_stays()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_persistentroom=1");
        await crone.CreateAsync($"heath@{Service}/firstwitch");
        await crone.SendAsync($"<presence type='unavailable' to='{Coven}/firstwitch'/><presence type='unavailable' to='heath@{Service}/firstwitch'/>");
        await crone.BarrierAsync();

        Assert.Equal("none participant 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
        Assert.Equal("owner moderator 110 170 201", (await hag.EnterAsync($"heath@{Service}/thirdwitch")).Own.Says());
    }

    // Forgotten when nobody has been there for a while, and found again as it was.
    [Fact]
    public async Task A_persistent_room_is_as_it_was_when_somebody_comes_back()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_persistentroom=1", "muc#roomconfig_roomname=A Dark Cave", "muc#roomconfig_moderatedroom=1");
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><subject>Fire</subject></message><presence type='unavailable' to='{Coven}/firstwitch'/>");
        await crone.ReceiveAllAsync();
        server.Time.Advance(TimeSpan.FromMinutes(11));

        var entry = await crone.EnterAsync($"{Coven}/firstwitch");
        Assert.Equal("owner moderator 110 170", entry.Own.Says());
        Assert.Equal("Fire", entry.Subject.Child("subject", "jabber:client")?.Text);
        Assert.Equal($"{Coven}/firstwitch", entry.Subject.Attribute("from"));
        Assert.Equal("none visitor 110 170", (await (await server.LoginAsync("hag66@example.org/pda")).EnterAsync($"{Coven}/thirdwitch")).Own.Says());
    }

    // §18.1.2: of somebody elsewhere an error tells that he is gone.
    [Theory]
    [Example(206)]
    [InlineData("gone", "cancel")]
    [InlineData("item-not-found", "cancel")]
    [InlineData("recipient-unavailable", "wait")]
    [InlineData("redirect", "modify")]
    [InlineData("remote-server-not-found", "cancel")]
    [InlineData("remote-server-timeout", "wait")]
    [InlineData("service-unavailable", "cancel")]
    public async Task A_ghost_leaves(string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        var far = await server.ComponentAsync("far.example.net");
        await far.SendAsync($"<presence from='hag66@far.example.net/pda' to='{Coven}/thirdwitch'>{Enter()}</presence>");
        await crone.PresenceAsync($"{Coven}/thirdwitch");

        await far.SendAsync($"<message type='error' from='hag66@far.example.net/pda' to='{Coven}/firstwitch'><error type='{type}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");

        var presence = await crone.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("unavailable", presence.Attribute("type"));
        Assert.Equal("none none 333", presence.Says());
    }

    // All of a server that is gone go with the first of them; those of another stay.
    [Fact]
    public async Task With_a_server_all_of_its_users_leave()
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
        {
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" };
            options.Components["near.example.net"] = new() { Secret = "0123456789abcdef" };
        });
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        var far = await server.ComponentAsync("far.example.net");
        var near = await server.ComponentAsync("near.example.net");
        await far.SendAsync($"<presence from='a@far.example.net/x' to='{Coven}/a'>{Enter()}</presence><presence from='b@far.example.net/x' to='{Coven}/b'>{Enter()}</presence>");
        await near.SendAsync($"<presence from='c@near.example.net/x' to='{Coven}/c'>{Enter()}</presence>");
        await crone.AfterAsync(far);
        await crone.AfterAsync(near);

        var lost = Stanza.Create(StanzaKind.Presence, StanzaType.None, Jid.Parse($"{Coven}/c"), Jid.Parse("a@far.example.net/x"), null, static _ => { });
        var flush = new FlushSet();
        await server.Get<StanzaRouter>().GiveBackAsync(lost, new StanzaException(StanzaErrorCondition.RemoteServerNotFound), flush);
        flush.Flush();

        Assert.Equal("none none 333", (await crone.PresenceAsync($"{Coven}/a")).Says());
        Assert.Equal("none none 333", (await crone.PresenceAsync($"{Coven}/b")).Says());
        await crone.ExpectNothingAsync(far);
    }

    // Whoever says it of others: he goes, and they stay.
    [Fact]
    public async Task Nobody_has_the_others_of_his_server_put_out()
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        var far = await server.ComponentAsync("far.example.net");
        await far.SendAsync($"<presence from='a@far.example.net/x' to='{Coven}/a'>{Enter()}</presence><presence from='b@far.example.net/x' to='{Coven}/b'>{Enter()}</presence>");
        await crone.AfterAsync(far);

        await far.SendAsync($"<message type='error' from='a@far.example.net/x' to='{Coven}/b'><error type='cancel'><remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");

        Assert.Equal("none none 333", (await crone.PresenceAsync($"{Coven}/a")).Says());
        await crone.ExpectNothingAsync(far);
    }

    [Fact]
    public async Task Another_error_puts_nobody_out()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync($"<message type='error' id='p' to='{Coven}/firstwitch'><error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");

        Assert.Equal($"{Coven}/thirdwitch", (await crone.MessageAsync()).Attribute("from"));
        await wicca.ExpectNothingAsync(hag);
    }

    // What a component showed is taken back for it.
    [Fact]
    public async Task Who_is_behind_a_component_that_goes_leaves()
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        var far = await server.ComponentAsync("far.example.net");
        await far.SendAsync($"<presence from='hag66@far.example.net/pda' to='{Coven}/thirdwitch'>{Enter()}</presence>");
        await crone.PresenceAsync($"{Coven}/thirdwitch");

        await far.DisposeAsync();

        Assert.Equal("none none", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Says());
    }

    [Fact]
    [Example(207)]
    public async Task When_the_service_stops_everybody_is_told()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        var stopping = server.StopAsync();

        Assert.Equal("owner none 110 332", (await crone.PresenceAsync($"{Coven}/firstwitch")).Says());
        Assert.Equal("none none 110 332", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        foreach (var client in new[] { crone, hag })
        {
            await client.ExpectStreamErrorAsync("system-shutdown");
        }

        await stopping;
    }
}
