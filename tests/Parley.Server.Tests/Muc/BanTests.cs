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

/// <summary>Bans and the list of them (XEP-0045 §9.1, §9.2).</summary>
public sealed class BanTests
{
    // Rooms, services and this server are no users, and what is said to them does no harm.
    [Fact]
    public async Task Who_is_nobody_may_be_banned()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.DeniedAsync("not-acceptable", "modify", Item($"affiliation=outcast jid={Coven}"));
        await crone.ChangeAsync(
            Item($"affiliation=member jid=heath@{Service}"), Item($"affiliation=outcast jid={Service}"), Item("affiliation=member jid=nobody@example.org"), Item("affiliation=outcast jid=nowhere.example.net"));

        Assert.Equal([$"outcast {Service} - -", "outcast nowhere.example.net - -"], await crone.ListAsync("affiliation=outcast"));
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        Assert.Equal("Thrice", (await wicca.MessageAsync()).Body());
    }

    // §9.1.
    [Fact]
    [Example(111, 113, 114)]
    public async Task Who_is_banned_goes_and_does_not_come_back()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item("affiliation=outcast jid=hag66@example.org", "Treason"));

        foreach (var client in new[] { crone, wicca, hag })
        {
            var presence = await client.PresenceAsync($"{Coven}/thirdwitch");
            Assert.Equal("unavailable", presence.Attribute("type"));
            Assert.Equal(client == hag ? "outcast none 110 301" : "outcast none 301", presence.Says());
            Assert.Equal("firstwitch: Treason", presence.Why());
            Assert.Equal(client == wicca ? null : "hag66@example.org/pda", presence.User().About!.Jid?.ToString());
        }

        await hag.RefusedAsync($"{Coven}/thirdwitch", "forbidden", "auth");
        Assert.Equal(["outcast hag66@example.org - - (Treason)"], await crone.ListAsync("affiliation=outcast"));
        await hag.ExpectNothingAsync(crone);
    }

    // The nickname may be all that is known of an occupant; "a service SHOULD use the bare JID representation".
    [Theory]
    [InlineData("affiliation=outcast nick=thirdwitch")]
    [InlineData("affiliation=outcast jid=hag66@example.org/elsewhere")]
    [InlineData($"affiliation=outcast jid={Coven}/thirdwitch")]
    [InlineData("affiliation=outcast jid=hag66@example.org nick=firstwitch")]
    public async Task An_occupant_is_banned_by_nickname_or_any_address(string item)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item(item));

        Assert.Equal("outcast none 110 301", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal(["outcast hag66@example.org - -"], await crone.ListAsync("affiliation=outcast"));
    }

    // Under all nicknames, with all clients.
    [Fact]
    public async Task A_user_is_banned_with_all_that_he_is_in_the_room()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var tablet = await server.LoginAsync("hag66@example.org/tablet");
        var phone = await server.LoginAsync("hag66@example.org/phone");
        await tablet.EnterAsync($"{Coven}/thirdwitch");
        await phone.EnterAsync($"{Coven}/fourthwitch");
        foreach (var client in new[] { crone, hag, tablet })
        {
            await client.AfterAsync(phone);
        }

        await crone.ChangeAsync(Item("affiliation=outcast jid=hag66@example.org"));

        var seen = await crone.ReceiveAllAsync();
        Assert.Equal([$"{Coven}/fourthwitch", $"{Coven}/thirdwitch"], seen.Select(static element => element.Attribute("from")!).Order(StringComparer.Ordinal));
        Assert.Equal("outcast none 110 301", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("outcast none 110 301", (await tablet.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("outcast none 110 301", (await phone.PresenceAsync($"{Coven}/fourthwitch")).Says());
    }

    // §9.2: user@domain comes before domain.
    [Fact]
    public async Task A_domain_is_banned_but_for_those_who_have_an_affiliation_of_their_own()
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        var far = await server.ComponentAsync("far.example.net");
        await crone.ChangeAsync(Item("affiliation=member jid=hecate@far.example.net"));
        foreach (var name in new[] { "hecate", "hag66" })
        {
            await far.SendAsync($"<presence from='{name}@far.example.net/x' to='{Coven}/{name}'>{Enter()}</presence>");
        }

        await crone.AfterAsync(far);

        await crone.ChangeAsync(Item("affiliation=outcast jid=far.example.net", "Treason"));

        var gone = Assert.Single(await crone.ReceiveAllAsync());
        Assert.Equal($"{Coven}/hag66", gone.Attribute("from"));
        Assert.Equal("outcast none 301", gone.Says());
        await far.ReceiveAllAsync();
        await far.SendAsync($"<presence from='macbeth@far.example.net/x' to='{Coven}/macbeth'>{Enter()}</presence>");
        (await far.ReceiveAsync(static element => element.Attribute("to") == "macbeth@far.example.net/x")).IsError("forbidden", "auth");
        Assert.Equal(["outcast far.example.net - - (Treason)"], await crone.ListAsync("affiliation=outcast"));

        await crone.ChangeAsync(Item("affiliation=none jid=far.example.net"));
        await far.SendAsync($"<presence from='macbeth@far.example.net/x' to='{Coven}/macbeth'>{Enter()}</presence>");
        Assert.Equal("none participant", (await crone.PresenceAsync($"{Coven}/macbeth")).Says());
    }

    // §9.2: of users who are not there.
    [Fact]
    [Example(117, 118)]
    public async Task The_ban_list_is_changed_by_what_is_sent()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        await crone.ChangeAsync(Item("affiliation=outcast jid=earlofcambridge@example.net", "Treason"));

        await crone.ChangeAsync(
            Item("affiliation=outcast jid=lordscroop@example.net", "Treason"),
            Item("affiliation=outcast jid=sirthomasgrey@example.net"),
            Item("affiliation=none jid=earlofcambridge@example.net"));

        Assert.Equal(["outcast lordscroop@example.net - - (Treason)", "outcast sirthomasgrey@example.net - -"], await crone.ListAsync("affiliation=outcast"));
        (await hag.AdminAsync("get", Item("affiliation=outcast"))).IsError("forbidden", "auth");
    }

    [Fact]
    public async Task A_ban_is_taken_back()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        await crone.ChangeAsync(Item("affiliation=outcast jid=hag66@example.org"));
        await hag.PresenceAsync($"{Coven}/thirdwitch");

        await crone.ChangeAsync(Item("affiliation=none jid=hag66@example.org"));

        Assert.Empty(await crone.ListAsync("affiliation=outcast"));
        Assert.Equal("none participant 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
    }

    // "MUST remove the outcast's nickname from the list of registered nicknames".
    [Fact]
    public async Task An_outcast_has_no_reserved_nickname()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        await crone.ChangeAsync(Item("affiliation=member jid=hecate@example.org nick=Hecate"));
        await wicca.RefusedAsNicknameAsync("hecate", "conflict", "cancel");

        await crone.ChangeAsync(Item("affiliation=outcast nick=hecate"));

        Assert.Equal(["outcast hecate@example.org - -"], await crone.ListAsync("affiliation=outcast"));
        await wicca.SendAsync($"<presence to='{Coven}/hecate'/>");
        Assert.Equal("none participant 110", (await wicca.PresenceAsync($"{Coven}/hecate")).Says());
    }

    // "If an admin or owner attempts to ban himself, the service MUST deny the request and return a <conflict/> error."
    [Theory]
    [InlineData("crone1@example.org")]
    [InlineData("wiccarocks@example.org")]
    public async Task Nobody_bans_himself(string user)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_roomadmins=wiccarocks@example.org");
        var client = user[0] == 'c' ? crone : wicca;

        await client.DeniedAsync("conflict", "cancel", Item("affiliation=outcast jid=hag66@example.org"), Item($"affiliation=outcast jid={user}"));

        await hag.ExpectNothingAsync(client);
        Assert.Empty(await client.ListAsync("affiliation=outcast"));
    }

    // An admin by his domain is he himself in it.
    [Fact]
    public async Task Nobody_bans_the_domain_that_makes_him_admin()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("hecate@example.net", MucAffiliation.Owner), Member("example.org", MucAffiliation.Owner)]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");

        await crone.DeniedAsync("conflict", "cancel", Item("affiliation=outcast jid=example.org"));
    }

    // §9.1: a ban is of the bare JID; of a domain that is all its users, which nobody means who names one of them.
    [Theory]
    [InlineData("jid=far.example.net/gate")]
    [InlineData("nick=gate")]
    [InlineData("jid=coven@conference.example.org/gate")]
    public async Task With_one_address_of_a_domain_the_others_are_not_banned(string who)
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        var far = await server.ComponentAsync("far.example.net");
        await far.SendAsync($"<presence from='far.example.net/gate' to='{Coven}/gate'>{Enter()}</presence>");
        await far.SendAsync($"<presence from='hecate@far.example.net/x' to='{Coven}/hecate'>{Enter()}</presence>");
        await crone.AfterAsync(far);

        foreach (var affiliation in new[] { "outcast", "member", "owner" })
        {
            await crone.DeniedAsync("not-acceptable", "modify", Item($"affiliation={affiliation} {who}"));
        }

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_roomadmins=far.example.net/gate")).IsError("not-acceptable", "modify");
        await crone.ExpectNothingAsync(far);
        Assert.Empty(await crone.ListAsync("affiliation=outcast"));
    }

    [Fact]
    public async Task With_a_full_address_its_user_is_banned_and_nobody_else()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item("affiliation=outcast jid=hag66@example.org/elsewhere"));

        Assert.Equal("outcast none 110 301", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal(["outcast hag66@example.org - -"], await crone.ListAsync("affiliation=outcast"));
        await (await server.LoginAsync("hecate@example.org/elsewhere")).EnterAsync($"{Coven}/hecate");
    }

    // Durable before it is answered.
    [Fact]
    public async Task A_ban_is_in_the_store_when_it_is_answered()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server, "muc#roomconfig_persistentroom=1");

        await crone.ChangeAsync(Item("affiliation=outcast jid=hag66@example.org", "Treason"), Item("affiliation=admin jid=hecate@example.net"));

        var stored = await server.Get<IRoomStore>().FindAsync(Jid.Parse(Coven), CancellationToken.None);
        Assert.Equal(
            ["crone1@example.org Owner ", "hag66@example.org Outcast Treason", "hecate@example.net Admin "],
            stored!.Members.Select(static member => $"{member.User} {member.Affiliation} {member.Reason}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_room_knows_so_many_users_at_most()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder => builder.Services.Configure<MucOptions>(static options => options.MaxAffiliations = 2));
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await crone.DeniedAsync("resource-constraint", "wait", Item("affiliation=outcast jid=hag66@example.org"), Item("affiliation=outcast jid=example.net"));
        await crone.ChangeAsync(Item("affiliation=outcast jid=hag66@example.org"));
        await crone.DeniedAsync("resource-constraint", "wait", Item("affiliation=member jid=hecate@example.org"));
        await crone.ChangeAsync(Item("affiliation=none jid=hag66@example.org"), Item("affiliation=none jid=hecate@example.org"), Item("affiliation=member jid=wiccarocks@example.org"));
        Assert.Equal(["member wiccarocks@example.org secondwitch -"], await crone.ListAsync("affiliation=member"));
    }
}
