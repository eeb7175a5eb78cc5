using Parley.Protocol;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Modules.Muc;
using Parley.TestKit;
using Xunit;
using Microsoft.Extensions.DependencyInjection;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Who is not let in, and what he is told (XEP-0045 §7.2.5 to §7.2.11, §7.2.16, §10.1.1).</summary>
public sealed class EntryRefusalTests
{
    [Theory]
    [Example(25, 26)]
    [InlineData("")]
    [InlineData("<password>wrong</password>")]
    [InlineData("<password/>")]
    public async Task A_room_with_a_password_is_entered_with_it_alone(string content)
    {
        await using var server = await XmppTestServer.StartAsync();
        await CovenAsync(server, "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn");
        var hag = await server.LoginAsync("hag66@example.org/pda");

        await hag.RefusedAsync($"{Coven}/thirdwitch", "not-authorized", "auth", content);

        await hag.EnterAsync($"{Coven}/thirdwitch", "<password>cauldronburn</password>");
    }

    [Fact]
    [Example(27)]
    public async Task A_members_only_room_is_for_members()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("wiccarocks@example.org", MucAffiliation.Member)], "muc#roomconfig_membersonly=1");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");

        await hag.RefusedAsync($"{Coven}/thirdwitch", "registration-required", "auth");

        Assert.Equal("member participant 110 170", (await wicca.EnterAsync($"{Coven}/secondwitch")).Own.Says());
    }

    // Also by domain.
    [Theory]
    [Example(28)]
    [InlineData("hag66@example.org")]
    [InlineData("example.org")]
    public async Task Who_is_banned_does_not_enter(string banned)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member(banned, MucAffiliation.Outcast)]);
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var crone = await server.LoginAsync("crone1@example.org/desktop");

        await hag.RefusedAsync($"{Coven}/thirdwitch", "forbidden", "auth");

        Assert.Equal("owner moderator 110 170", (await crone.EnterAsync($"{Coven}/firstwitch")).Own.Says());
    }

    // Nicknames that look the same are the same.
    [Theory]
    [Example(29)]
    [InlineData("firstwitch")]
    [InlineData("FirstWitch")]
    [InlineData("\uFF46irstwitch")]
    [InlineData("firstwitch\u2800")]
    [InlineData("\u2800firstwitch")]
    [InlineData("f\u0456rstw\u0456tch")]
    [InlineData("firstwit\u0441h")]
    [InlineData("F\u0399RSTWITCH")]
    public async Task A_nickname_in_use_is_not_had_twice(string nickname)
    {
        await using var server = await XmppTestServer.StartAsync();
        await CovenAsync(server);
        var hag = await server.LoginAsync("hag66@example.org/pda");

        await hag.RefusedAsync($"{Coven}/{nickname}", "conflict", "cancel");
    }

    // §7.2.8, §7.12.
    [Fact]
    public async Task A_reserved_nickname_is_its_owners()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("wiccarocks@example.org", MucAffiliation.Member, "secondwitch")]);
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");

        await hag.RefusedAsync($"{Coven}/secondwitch", "conflict", "cancel");

        await wicca.EnterAsync($"{Coven}/secondwitch");
    }

    // Owners enter all the same.
    [Fact]
    [Example(30)]
    public async Task A_full_room_is_entered_by_owners_and_admins_alone()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("hecate@example.org", MucAffiliation.Admin)], "muc#roomconfig_maxusers=1");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await wicca.EnterAsync($"{Coven}/secondwitch");

        await hag.RefusedAsync($"{Coven}/thirdwitch", "service-unavailable", "wait");

        await (await server.LoginAsync("crone1@example.org/desktop")).EnterAsync($"{Coven}/firstwitch");
        await (await server.LoginAsync("hecate@example.org/broom")).EnterAsync($"{Coven}/hecate");

        // Another client of somebody who is in takes no place.
        await (await server.LoginAsync("wiccarocks@example.org/phone")).EnterAsync($"{Coven}/secondwitch");
    }

    [Fact]
    [Example(31)]
    public async Task A_locked_room_is_not_there_yet()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.EnterAsync($"{Coven}/firstwitch");

        await hag.RefusedAsync($"{Coven}/thirdwitch", "item-not-found", "cancel");

        (await crone.ConfigureAsync(Coven)).IsResult();
        await hag.EnterAsync($"{Coven}/thirdwitch");
    }

    // §17.1; XEP-0045 §14.6: long ones.
    [Theory]
    [InlineData("\u3000")]
    [InlineData("\u200B\u2060")]
    [InlineData("\u2800")]
    [InlineData("\u0301\u20DD")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public async Task Nicknames_that_nobody_sees_or_that_are_too_long_are_refused(string nickname)
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(options => options.MaxNicknameLength = 32));
        await CovenAsync(server);
        var hag = await server.LoginAsync("hag66@example.org/pda");

        await hag.RequestAsync($"{Coven}/{nickname}");

        // What is no resource at all never reaches the room.
        var error = await hag.ReceiveAsync(presence => presence.Attribute("type") == "error");
        Assert.True(error.ToText().Contains("not-acceptable", StringComparison.Ordinal) || error.ToText().Contains("jid-malformed", StringComparison.Ordinal), error.ToText());
    }

    [Theory]
    [Example(152)]
    [InlineData(RoomCreators.Admins, "hag66@example.org/pda", false)]
    [InlineData(RoomCreators.Admins, "admin@example.org/desk", true)]
    [InlineData(RoomCreators.Local, "hag66@example.org/pda", true)]
    public async Task Creating_rooms_may_be_restricted(RoomCreators creators, string user, bool may)
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(options =>
        {
            options.WhoMayCreate = creators;
            options.Admins.Add("admin@example.org");
        }));
        var client = await server.LoginAsync(user);

        if (may)
        {
            await client.EnterAsync($"{Coven}/thirdwitch");
        }
        else
        {
            var error = await client.RefusedAsync($"{Coven}/thirdwitch", "not-allowed", "cancel");
            Assert.Equal("There is no such room, and only admins of the service may create rooms.", error.Child("text", Namespaces.StanzaErrors)?.Text);
        }
    }

    [Fact]
    public async Task Users_of_other_servers_create_no_rooms_by_default()
    {
        await using var server = await XmppTestServer.StartAsync(options =>
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        var far = await server.ComponentAsync("far.example.net");

        await far.SendAsync($"<presence from='hag66@far.example.net/pda' to='{Coven}/thirdwitch'>{Enter()}</presence>");

        var error = (await far.PresenceAsync($"{Coven}/thirdwitch")).IsError("not-allowed", "cancel");
        Assert.Equal("There is no such room, and only accounts of this server may create rooms.", error.Child("text", Namespaces.StanzaErrors)?.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_user_is_in_a_room_with_twenty_clients(bool underOneNickname)
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        await CovenAsync(server);
        var far = await server.ComponentAsync("far.example.net");
        var entries = Enumerable.Range(0, 21).Select(number =>
            $"<presence from='hag66@far.example.net/r{number}' to='{Coven}/{(underOneNickname ? "hag" : $"hag{number}")}'>{Enter()}</presence>");
        await far.SendAsync(string.Concat(entries));
        await far.SendAsync($"<presence from='hecate@far.example.net/x' to='{Coven}/hecate'>{Enter()}</presence>");

        var refused = await far.ReceiveAsync(static presence => presence.Attribute("type") == "error");
        refused.IsError("resource-constraint", "wait");
        Assert.Equal("hag66@far.example.net/r20", refused.Attribute("to"));
        await far.ReceiveAsync(static presence => presence.Attribute("to") == "hecate@far.example.net/x" && presence.Attribute("from") == $"{Coven}/hecate");
    }

    [Fact]
    public async Task Rooms_a_user_owns_and_rooms_he_is_in_have_limits()
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(options =>
        {
            options.MaxRoomsPerUser = 2;
            options.MaxRoomsJoined = 3;
        }));
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"a@{Service}/x");
        await crone.CreateAsync($"b@{Service}/x", "muc#roomconfig_enablelogging=0");
        await crone.RefusedAsync($"c@{Service}/x", "resource-constraint", "wait");

        await hag.CreateAsync($"c@{Service}/y");
        await hag.EnterAsync($"a@{Service}/y");
        await hag.EnterAsync($"b@{Service}/y");
        await crone.EnterAsync($"c@{Service}/x");
        await hag.RefusedAsync($"d@{Service}/y", "resource-constraint", "wait");
        await hag.SendAsync($"<presence type='unavailable' to='a@{Service}/y'/>");
        await hag.EnterAsync($"d@{Service}/y");
    }

    // Stored or not, in use or not.
    [Fact]
    public async Task A_service_has_so_many_rooms_at_most()
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(options => options.MaxRooms = 3));
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await server.StoreAsync($"idle@{Service}", [Member("hecate@example.org", MucAffiliation.Owner)]);
        await crone.CreateAsync($"stored@{Service}/x", "muc#roomconfig_persistentroom=1");
        await crone.EnterAsync($"locked@{Service}/x");

        await crone.RefusedAsync($"{Coven}/firstwitch", "resource-constraint", "wait");
        await crone.EnterAsync($"idle@{Service}/x");
        await crone.RefusedAsync($"{Coven}/firstwitch", "resource-constraint", "wait");

        await crone.SendAsync($"<presence type='unavailable' to='locked@{Service}/x'/>");
        await crone.PresenceAsync($"locked@{Service}/x");
        await crone.CreateAsync($"{Coven}/firstwitch");
        await crone.RefusedAsync($"locked@{Service}/x", "resource-constraint", "wait");
    }

    private static async Task CovenAsync(XmppTestServer server, params string[] fields) =>
        await (await server.LoginAsync("crone1@example.org/desktop")).CreateAsync($"{Coven}/firstwitch", fields);
}
