using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Nicknames: changed (XEP-0045 §7.6), changed by the room, and used by several clients (§7.2.8).</summary>
public sealed class NicknameTests
{
    [Fact]
    [Example(49, 50)]
    public async Task A_new_nickname_is_told_to_everybody_with_the_old_one()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync($"<presence id='ifd1c35' to='{Coven}/oldhag'><show>xa</show></presence>");

        foreach (var client in new[] { crone, wicca, hag })
        {
            var self = client == hag ? " 110" : "";
            var before = await client.ReceiveAsync();
            Assert.Equal($"{Coven}/thirdwitch", before.Attribute("from"));
            Assert.Equal("unavailable", before.Attribute("type"));
            Assert.Equal($"none participant{self} 303", before.Says());
            Assert.Equal("oldhag", before.User().About!.Nickname);
            Assert.Equal(client == wicca ? null : "hag66@example.org/pda", before.User().About!.Jid?.ToString());
            var after = await client.ReceiveAsync();
            Assert.Equal($"{Coven}/oldhag", after.Attribute("from"));
            Assert.Null(after.Attribute("type"));
            Assert.Equal($"none participant{self}", after.Says());
            Assert.Equal("xa", after.Child("show", "jabber:client")?.Text);
        }

        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        Assert.Equal($"{Coven}/oldhag", (await crone.MessageAsync()).Attribute("from"));
        await wicca.RefusedAsNicknameAsync("oldhag", "conflict", "cancel");
        await wicca.SendAsync($"<presence to='{Coven}/thirdwitch'/>");
        Assert.Equal("none participant 110 303", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());
    }

    [Fact]
    [Example(51)]
    public async Task White_space_around_a_nickname_is_taken_away_and_its_owner_told()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/firstwitch");

        await hag.RequestAsync($"{Coven}/ third witch ");

        Assert.Equal("none participant 110 170 210", (await hag.PresenceAsync($"{Coven}/third witch")).Says());
        Assert.Equal("none participant", (await crone.PresenceAsync($"{Coven}/third witch")).Says());

        await hag.SendAsync($"<presence to='{Coven}/old hag '/>");
        Assert.Equal("none participant 110 303", (await hag.PresenceAsync($"{Coven}/third witch")).Says());
        Assert.Equal("none participant 110 210", (await hag.PresenceAsync($"{Coven}/old hag")).Says());
    }

    [Theory]
    [Example(52)]
    [InlineData("firstwitch")]
    [InlineData("SecondWitch")]
    [InlineData("reserved")]
    public async Task The_nickname_of_another_is_not_taken(string nickname)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven,
        [
            Member("crone1@example.org", Protocol.Extensions.Muc.MucAffiliation.Owner),
            Member("hecate@example.org", Protocol.Extensions.Muc.MucAffiliation.Member, "reserved"),
        ]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.EnterAsync($"{Coven}/firstwitch");
        await wicca.EnterAsync($"{Coven}/secondwitch");
        await hag.EnterAsync($"{Coven}/thirdwitch");
        await wicca.ReceiveAllAsync();

        await hag.RefusedAsNicknameAsync(nickname, "conflict", "cancel");

        await wicca.ExpectNothingAsync(hag);
    }

    // One request gives it to another, in whichever order.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reserved_nickname_that_passes_to_another_is_his(bool isTakenFirst)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven,
        [
            Member("crone1@example.org", Protocol.Extensions.Muc.MucAffiliation.Owner),
            Member("hecate@example.org", Protocol.Extensions.Muc.MucAffiliation.Member, "reserved"),
        ]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        string[] items = [AdminClient.Item("affiliation=none jid=hecate@example.org"), AdminClient.Item("affiliation=member jid=wiccarocks@example.org nick=reserved")];

        await crone.ChangeAsync(isTakenFirst ? items : [.. items.Reverse()]);

        await hag.RefusedAsync($"{Coven}/reserved", "conflict", "cancel");
    }

    [Fact]
    public async Task A_nickname_may_change_in_its_case()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync($"<presence to='{Coven}/ThirdWitch'/>");

        Assert.Equal("none participant 303", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none participant", (await crone.PresenceAsync($"{Coven}/ThirdWitch")).Says());
    }

    // §7.2.8.
    [Fact]
    public async Task Two_clients_of_one_user_are_one_occupant()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var tablet = await server.LoginAsync("hag66@example.org/tablet");

        var entry = await tablet.EnterAsync($"{Coven}/thirdwitch", payload: "<priority>-1</priority>");

        Assert.Equal(["firstwitch", "secondwitch", "thirdwitch"], entry.Presences.Select(static presence => presence.Attribute("from")![(Coven.Length + 1)..]));
        Assert.Equal("none participant 110 170", entry.Own.Says());

        // The presence of the other client is still what they see.
        await crone.ExpectNothingAsync(tablet);

        // Both hear of a new nickname as of their own.
        await tablet.SendAsync($"<presence to='{Coven}/oldhag'><priority>-1</priority></presence>");
        foreach (var client in new[] { hag, tablet })
        {
            Assert.Equal("none participant 110 303", (await client.PresenceAsync($"{Coven}/thirdwitch")).Says());
            Assert.Equal("none participant 110", (await client.PresenceAsync($"{Coven}/oldhag")).Says());
        }
    }

    [Fact]
    public async Task Two_occupants_of_one_user_do_not_become_one()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (_, _, hag) = await MessageTests.WitchesAsync(server);
        var tablet = await server.LoginAsync("hag66@example.org/tablet");
        await tablet.EnterAsync($"{Coven}/oldhag");
        await hag.ReceiveAllAsync();

        await hag.RefusedAsNicknameAsync("oldhag", "conflict", "cancel");
    }
}
