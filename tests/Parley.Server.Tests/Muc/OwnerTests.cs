using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Modules.Muc;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.AdminClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Owners and admins: who becomes one, who is one no more, and the lists of them (XEP-0045 §9.6 to §9.8, §10.3 to §10.8); what owners do beside (§10.2, §10.9).</summary>
public sealed class OwnerTests
{
    // §9.6 to §9.8.
    [Fact]
    [Example(138, 140, 142, 144)]
    public async Task Moderator_status_is_granted_and_revoked_and_listed()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item("nick=thirdwitch role=moderator", "A worthy witch indeed!"));
        Assert.Equal("none moderator", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).Says());
        var own = await hag.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("none moderator 110", own.Says());
        Assert.Equal("firstwitch: A worthy witch indeed!", own.Why());
        Assert.Equal(["none hag66@example.org/pda thirdwitch moderator", "owner crone1@example.org/desktop firstwitch moderator"], await crone.ListAsync("role=moderator"));

        // §9.8 is for admins.
        (await hag.AdminAsync("get", Item("role=moderator"))).IsError("forbidden", "auth");

        await crone.ChangeAsync(Item("nick=thirdwitch role=participant", "Not so worthy after all!"), Item("nick=secondwitch role=moderator"));
        Assert.Equal("none participant", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none moderator 110", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());
        await wicca.DeniedAsync("not-allowed", "cancel", Item("nick=firstwitch role=participant"));
    }

    // §10.3, §10.4, §10.6, §10.7.
    [Theory]
    [Example(173, 175, 178, 180, 187, 189, 192, 194)]
    [InlineData("owner", "admin", "admin moderator")]
    [InlineData("owner", "none", "none participant")]
    [InlineData("admin", "member", "member participant")]
    [InlineData("admin", "none", "none participant")]
    public async Task Who_gains_or_loses_a_high_affiliation_is_shown_so(string gained, string left, string says)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item($"affiliation={gained} jid=wiccarocks@example.org/laptop", "A worthy witch indeed!"));
        foreach (var client in new[] { crone, wicca, hag })
        {
            var presence = await client.PresenceAsync($"{Coven}/secondwitch");
            Assert.Equal(client == wicca ? $"{gained} moderator 110" : $"{gained} moderator", presence.Says());
            Assert.Equal("firstwitch: A worthy witch indeed!", presence.Why());
        }

        await crone.ChangeAsync(Item($"affiliation={left} jid=wiccarocks@example.org", "Not so worthy after all!"));
        foreach (var client in new[] { crone, wicca, hag })
        {
            var presence = await client.PresenceAsync($"{Coven}/secondwitch");
            Assert.Equal(client == wicca ? $"{says} 110" : says, presence.Says());
            Assert.Equal("firstwitch: Not so worthy after all!", presence.Why());
        }
    }

    // §10.3, §10.6, §10.7: of a user who is not in the room, a message says it, to those who see addresses.
    [Theory]
    [InlineData("owner")]
    [InlineData("admin")]
    public async Task Of_a_user_who_is_away_a_message_says_it(string affiliation)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item($"affiliation={affiliation} jid=hecate@example.org"));
        await SaysAsync($"{affiliation} none");
        await crone.ChangeAsync(Item("affiliation=none jid=hecate@example.org"));
        await SaysAsync("none none");
        await hag.ExpectNothingAsync(crone, wicca);

        async Task SaysAsync(string says)
        {
            var message = await crone.MessageAsync();
            Assert.Equal(Coven, message.Attribute("from"));
            Assert.Null(message.Attribute("type"));
            Assert.Equal(says, message.Says());
            Assert.Equal("hecate@example.org", message.User().About!.Jid?.ToString());
        }
    }

    // §10.5, §10.8.
    [Fact]
    [Example(182, 183, 197, 198)]
    public async Task The_lists_of_owners_and_admins_are_changed_by_what_is_sent()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        await crone.ChangeAsync(Item("affiliation=admin jid=wiccarocks@example.org"), Item("affiliation=admin jid=hag66@example.org"));
        Assert.Equal(
            ["admin hag66@example.org thirdwitch -", "admin wiccarocks@example.org secondwitch -"], await crone.ListAsync("affiliation=admin"));

        await crone.ChangeAsync(Item("affiliation=none jid=hag66@example.org"), Item("affiliation=admin jid=hecate@example.net"), Item("affiliation=owner jid=macbeth@example.net"));
        Assert.Equal(["admin hecate@example.net - -", "admin wiccarocks@example.org secondwitch -"], await crone.ListAsync("affiliation=admin"));
        Assert.Equal(["owner crone1@example.org firstwitch -", "owner macbeth@example.net - -"], await crone.ListAsync("affiliation=owner"));

        await wicca.DeniedAsync("forbidden", "auth", Item("affiliation=owner jid=wiccarocks@example.org"));
        await hag.DeniedAsync("forbidden", "auth", Item("affiliation=admin jid=hag66@example.org"));
    }

    // "A service MUST NOT allow an owner to revoke his or her own owner status if there are no other owners".
    [Theory]
    [InlineData("admin")]
    [InlineData("member")]
    [InlineData("none")]
    public async Task The_last_owner_stays_one(string affiliation)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.DeniedAsync("conflict", "cancel", Item($"affiliation={affiliation} jid=crone1@example.org"));
        await hag.ExpectNothingAsync(crone);
        Assert.Equal(["owner crone1@example.org firstwitch -"], await crone.ListAsync("affiliation=owner"));

        await crone.ChangeAsync(Item($"affiliation={affiliation} jid=crone1@example.org"), Item("affiliation=owner jid=wiccarocks@example.org"));
        Assert.StartsWith(affiliation, (await hag.PresenceAsync($"{Coven}/firstwitch")).Says(), StringComparison.Ordinal);
        Assert.Equal("owner moderator 110", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());
        await wicca.DeniedAsync("conflict", "cancel", Item("affiliation=none jid=wiccarocks@example.org"));
    }

    [Fact]
    public async Task Of_two_owners_both_do_not_go_at_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        await crone.ChangeAsync(Item("affiliation=owner jid=wiccarocks@example.org"));

        await crone.DeniedAsync("conflict", "cancel", Item("affiliation=none jid=crone1@example.org"), Item("affiliation=outcast jid=wiccarocks@example.org"));

        await crone.ChangeAsync(Item("affiliation=outcast jid=wiccarocks@example.org"));
        await wicca.PresenceAsync($"{Coven}/secondwitch");
        Assert.Equal("outcast none 110 301", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());
    }

    // The service's admins own every room, and no owner changes that.
    [Fact]
    public async Task An_admin_of_the_service_owns_every_room()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder =>
            builder.Services.Configure<MucOptions>(static options => options.Admins.Add("hecate@example.org")));
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var hecate = await server.LoginAsync("hecate@example.org/broom");

        await crone.DeniedAsync("not-allowed", "cancel", Item("affiliation=outcast jid=hecate@example.org"));
        await crone.DeniedAsync("not-allowed", "cancel", Item("affiliation=none jid=hecate@example.org"));
        await hecate.DeniedAsync("conflict", "cancel", Item("affiliation=outcast jid=hecate@example.org"));
        Assert.Equal(["owner crone1@example.org firstwitch -"], await hecate.ListAsync("affiliation=owner"));

        await hecate.ChangeAsync(Item("nick=thirdwitch role=none"));
        var gone = await hag.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("none none 110 307", gone.Says());
        Assert.Equal(": ", gone.Why());
        await hecate.ChangeAsync(Item("affiliation=outcast jid=crone1@example.org"), Item("affiliation=owner jid=hag66@example.org"));
        Assert.Equal("outcast none 110 301", (await crone.PresenceAsync($"{Coven}/firstwitch")).Says());
    }

    // A room that has lost its owners with their accounts is the service's admins' to put in order.
    [Fact]
    public async Task A_room_without_owners_is_administered_by_the_service()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder =>
            builder.Services.Configure<MucOptions>(static options => options.Admins.Add("hecate@example.org")));
        await server.StoreAsync(Coven, [Member("wiccarocks@example.org", MucAffiliation.Admin)]);
        var hecate = await server.LoginAsync("hecate@example.org/broom");

        await hecate.ChangeAsync(Item("affiliation=outcast jid=hag66@example.org"));
        (await hecate.ConfigureAsync(Coven, "muc#roomconfig_roomname=A Dark Cave")).IsResult();
        await hecate.ChangeAsync(Item("affiliation=owner jid=wiccarocks@example.org"));
        await hecate.DeniedAsync("conflict", "cancel", Item("affiliation=member jid=wiccarocks@example.org"));
    }

    // Users elsewhere are users.
    [Fact]
    public async Task A_user_of_another_server_is_made_admin_and_acts()
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var far = await server.ComponentAsync("far.example.net");
        await far.SendAsync($"<presence from='hecate@far.example.net/x' to='{Coven}/hecate'>{Enter()}</presence>");
        await hag.AfterAsync(far);
        await far.ReceiveAllAsync();

        await crone.ChangeAsync(Item("affiliation=admin jid=hecate@far.example.net"));
        Assert.Equal("admin moderator", (await hag.PresenceAsync($"{Coven}/hecate")).Says());
        await far.ReceiveAllAsync();

        await far.SendAsync($"<iq type='set' id='k' from='hecate@far.example.net/x' to='{Coven}'><query xmlns='{MucAdmin.Namespace}'>{Item("nick=thirdwitch role=none")}</query></iq>");
        Assert.Equal("none none 110 307", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Null((await far.ReceiveAsync(static element => element.LocalName == "iq")).IsResult());
    }

    // §16.5.3, presencebroadcast: who is not shown to all is shown once he has a role that is.
    [Fact]
    public async Task Who_gets_a_role_that_all_see_appears_and_who_loses_it_goes()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(
            server, "muc#roomconfig_moderatedroom=1", "muc#roomconfig_presencebroadcast=moderator", "muc#roomconfig_presencebroadcast=participant");

        await crone.ChangeAsync(Item("nick=thirdwitch role=participant"));
        Assert.Equal("none participant", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none participant 110", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());

        await crone.ChangeAsync(Item("nick=thirdwitch role=visitor"));
        Assert.Equal("unavailable", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).Attribute("type"));
        var own = await hag.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Null(own.Attribute("type"));
        Assert.Equal("none visitor 110", own.Says());
    }

    // §10.2: who is there stays where fewer may be; nobody comes.
    [Fact]
    public async Task A_room_that_takes_fewer_keeps_those_it_has()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_maxusers=2")).IsResult();

        Assert.Equal([104], Assert.Single(await hag.AfterAsync(crone)).User().Statuses);
        await wicca.SendAsync($"<presence type='unavailable' to='{Coven}/secondwitch'/>");
        await wicca.ReceiveAllAsync();
        await wicca.RefusedAsync($"{Coven}/secondwitch", "service-unavailable", "wait");
    }

    // §10.2.1: from then on, everybody sees addresses.
    [Fact]
    public async Task In_a_room_that_becomes_non_anonymous_addresses_are_seen()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_whois=anyone")).IsResult();
        Assert.Equal([172], Assert.Single(await wicca.AfterAsync(crone)).User().Statuses);
        await hag.SendAsync($"<presence to='{Coven}/thirdwitch'><show>away</show></presence>");
        Assert.Equal("hag66@example.org/pda", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).User().About!.Jid?.ToString());

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_whois=moderators")).IsResult();
        await hag.SendAsync($"<presence to='{Coven}/thirdwitch'><show>xa</show></presence>");
        Assert.Null((await wicca.PresenceAsync($"{Coven}/thirdwitch")).User().About!.Jid);
    }

    // §10.9, with a password of the other room; nothing is left, and the address is free.
    [Fact]
    public async Task Of_a_room_that_is_destroyed_nothing_is_left()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_persistentroom=1");
        await crone.ChangeAsync(Item("affiliation=outcast jid=macbeth@example.org"), Item("affiliation=admin jid=wiccarocks@example.org"));
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        await hag.AfterAsync(crone);
        const string destroy = "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='heath@chat.example.net'><password>cauldronburn</password></destroy></query>";
        (await wicca.IqAsync("set", Coven, destroy)).IsError("forbidden", "auth");
        await wicca.ReceiveAllAsync();

        (await crone.IqAsync("set", Coven, destroy)).IsResult();

        var gone = Assert.Single(await wicca.AfterAsync(crone));
        Assert.Equal("none none 110", gone.Says());
        var said = MucDestruction.Parse(gone.Child(MucUser.Name)!.Value.Child(MucUser.Destroy)!.Value);
        Assert.Equal(new MucDestruction(Jid.Parse("heath@chat.example.net"), null, "cauldronburn"), said);
        Assert.Null(await server.Get<IRoomStore>().FindAsync(Jid.Parse(Coven), CancellationToken.None));
        Assert.Empty((await server.Get<IArchiveStore>().ReadAsync(new ArchiveQuery(Jid.Parse(Coven)), new ArchivePaging(10), CancellationToken.None)).Messages);

        var macbeth = await server.LoginAsync("macbeth@example.org/castle");
        var entry = await macbeth.CreateAsync($"{Coven}/macbeth");
        Assert.Equal("owner moderator 110 170 201", entry.Own.Says());
        Assert.Empty((await hag.EnterAsync($"{Coven}/thirdwitch")).History);
    }

    // What cannot be kept is not done, not answered as done, and told to nobody.
    [Fact]
    public async Task Where_the_store_is_busy_everything_stays_as_it_is()
    {
        await using var server = await XmppTestServer.StartAsync(build: BusyRoomStore.Register);
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_persistentroom=1");
        var store = (BusyRoomStore)server.Get<IRoomStore>();
        store.IsBusy = true;

        await crone.DeniedAsync("resource-constraint", "wait", Item("affiliation=outcast jid=hag66@example.org"), Item("affiliation=admin jid=wiccarocks@example.org"));
        (await crone.ConfigureAsync(Coven, "muc#roomconfig_roomadmins=wiccarocks@example.org", "muc#roomconfig_membersonly=1")).IsError("resource-constraint", "wait");
        (await crone.IqAsync("set", Coven, "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>")).IsError("resource-constraint", "wait");

        await hag.ExpectNothingAsync(crone, wicca);
        await wicca.ExpectNothingAsync();
        Assert.Empty(await crone.ListAsync("affiliation=outcast"));
        Assert.Empty(await crone.ListAsync("affiliation=admin"));

        store.IsBusy = false;
        await crone.ChangeAsync(Item("affiliation=outcast jid=hag66@example.org"), Item("affiliation=admin jid=wiccarocks@example.org"));
        Assert.Equal("outcast none 110 301", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("admin moderator 110", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());
    }

    // By the form, too: as many as a room may know.
    [Fact]
    public async Task A_form_with_too_many_admins_changes_nothing()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder =>
            builder.Services.Configure<MucOptions>(static options => options.MaxAffiliations = 2));
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_roomadmins=a@example.org", "muc#roomconfig_roomadmins=b@example.org", "muc#roomconfig_moderatedroom=1"))
            .IsError("resource-constraint", "wait");

        await hag.ExpectNothingAsync(crone);
    }

    // What was decided is so when the room is read from the store again.
    [Fact]
    public async Task Affiliations_outlast_the_room_in_memory()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_persistentroom=1");
        await crone.ChangeAsync(Item("affiliation=outcast jid=hag66@example.org"), Item("affiliation=admin jid=wiccarocks@example.org nick=Wicca"));
        foreach (var client in new[] { crone, wicca })
        {
            await client.SendAsync($"<presence type='unavailable' to='{Coven}/x'/>");
            await client.ReceiveAllAsync();
        }

        server.Time.Advance(TimeSpan.FromMinutes(11));

        await hag.ReceiveAllAsync();
        await hag.RefusedAsync($"{Coven}/thirdwitch", "forbidden", "auth");
        Assert.Equal("admin moderator 110 170", (await wicca.EnterAsync($"{Coven}/Wicca")).Own.Says());
        Assert.Equal(["outcast hag66@example.org - -"], await wicca.ListAsync("affiliation=outcast"));
    }
}
