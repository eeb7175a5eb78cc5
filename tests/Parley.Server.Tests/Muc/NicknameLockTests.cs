using Parley.Protocol.Extensions.Muc;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Rooms in which who has reserved a nickname has no other (XEP-0045 §7.2.2, §7.6, §7.10), and nicknames that look like others' (§13.6).</summary>
public sealed class NicknameLockTests
{
    private const string Lock = "{urn:parley:room:1}locknicknames=1";

    // §7.2.2: the MUST; §7.10: the SHOULD.
    [Theory]
    [InlineData("hecate", "member participant 110 170 210")]
    [InlineData("ThirdWitch", "member participant 110 170 210")]
    [InlineData("firstwitch", "member participant 110 170 210")]
    [InlineData("thirdwitch", "member participant 110 170")]
    public async Task Who_enters_under_another_nickname_gets_his_own_and_is_told(string asked, string expected)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, hag) = await EnterAsync(server, Lock);
        await crone.EnterAsync($"{Coven}/firstwitch");

        await hag.RequestAsync($"{Coven}/{asked}");

        Assert.Equal(expected, (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("member participant", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Says());

        // Asked again, he gets all again (§16.3), and no error.
        await hag.ReceiveAllAsync();
        await hag.RequestAsync($"{Coven}/{asked}");
        Assert.Equal("member participant 110 170", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
    }

    [Fact]
    [Example(53)]
    public async Task His_nickname_he_does_not_change_and_others_do()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, hag) = await EnterAsync(server, Lock);
        await crone.EnterAsync($"{Coven}/firstwitch");
        await hag.EnterAsync($"{Coven}/thirdwitch");
        await crone.ReceiveAllAsync();

        await hag.RefusedAsNicknameAsync("oldhag", "not-acceptable", "cancel");

        await crone.ExpectNothingAsync(hag);
        await crone.SendAsync($"<presence to='{Coven}/crone'/>");
        Assert.Equal("owner moderator", (await hag.PresenceAsync($"{Coven}/crone")).Says());
    }

    [Fact]
    public async Task An_owner_locks_nicknames_and_unlocks_them_and_the_store_knows()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, hag) = await EnterAsync(server);
        await hag.EnterAsync($"{Coven}/hecate");
        (await crone.ConfigureAsync(Coven, Lock)).IsResult();

        // Until then he may have any.
        await hag.RefusedAsNicknameAsync("oldhag", "not-acceptable", "cancel");
        (await crone.ConfigureAsync(Coven, Lock[..^1] + "0")).IsResult();
        await hag.SendAsync($"<presence to='{Coven}/oldhag'/>");
        Assert.Equal("member participant 110", (await hag.PresenceAsync($"{Coven}/oldhag")).Says());
    }

    // UTS #39 §4, of the letters that docs/rooms.md names.
    [Theory]
    [InlineData("Ian", "lan")]
    [InlineData("Ian", "1an")]
    [InlineData("Bill", "BiI|")]
    [InlineData("Bill", "Bi11")]
    [InlineData("Otto", "0tto")]
    [InlineData("O10", "0lO")]
    [InlineData("paul", "\u0440\u0430ul")]
    [InlineData("kao", "ka\u03BF")]
    [InlineData("Ian", "\u04CFan")]
    [InlineData("Ian", "iAN")]
    [InlineData("rose", "ro\u0455e")]
    public async Task A_nickname_that_looks_like_another_is_not_had(string nickname, string alike)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/{nickname}");

        await hag.RefusedAsync($"{Coven}/{alike}", "conflict", "cancel");
        await hag.EnterAsync($"{Coven}/thirdwitch");
        await hag.RefusedAsNicknameAsync(alike, "conflict", "cancel");
    }

    [Theory]
    [InlineData("Lan", "Ian")]
    [InlineData("bill", "bile")]
    [InlineData("otto", "0tto")]
    [InlineData("mia", "mla")]
    public async Task Nicknames_that_only_nearly_do_are_two(string nickname, string other)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/{nickname}");

        Assert.Equal("none participant 110 170", (await hag.EnterAsync($"{Coven}/{other}")).Own.Says());
    }

    // Like his own as it is read, like another's as it looks.
    [Fact]
    public async Task What_is_like_two_nicknames_is_not_had_by_who_has_one_of_them()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/lan");
        await hag.EnterAsync($"{Coven}/ian");

        await hag.RefusedAsNicknameAsync("Ian", "conflict", "cancel");
        await (await server.LoginAsync("hag66@example.org/tablet")).RefusedAsync($"{Coven}/Ian", "conflict", "cancel");

        // It is as free as before once he has gone.
        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/ian'/>");
        await crone.SendAsync($"<presence to='{Coven}/firstwitch'/>");
        await crone.BarrierAsync();
        await (await server.LoginAsync("hecate@example.org/broom")).EnterAsync($"{Coven}/Ian");
    }

    // §7.10, §9.5.
    [Fact]
    public async Task A_reserved_nickname_is_not_had_by_its_look_either()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("hecate@example.org", MucAffiliation.Member, "Ian")]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");

        await hag.RefusedAsync($"{Coven}/lan", "conflict", "cancel");
        await crone.EnterAsync($"{Coven}/firstwitch");
        await crone.DeniedAsync("conflict", "cancel", AdminClient.Item("affiliation=member jid=hag66@example.org nick=1an"));
        await crone.ChangeAsync(AdminClient.Item("affiliation=member jid=hecate@example.org nick="));
        await hag.EnterAsync($"{Coven}/lan");
    }

    // §9: whom a nickname names is who has it, and nobody who only has one like it.
    [Theory]
    [InlineData("affiliation=owner nick=lan")]
    [InlineData("affiliation=outcast nick=1an")]
    [InlineData("affiliation=admin nick=I\u0430n")]
    public async Task By_a_nickname_that_looks_like_his_nobody_is_given_an_affiliation(string change)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("hecate@example.org", MucAffiliation.Member, "Ian")]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync($"{Coven}/firstwitch");

        await crone.DeniedAsync("item-not-found", "cancel", AdminClient.Item(change));

        Assert.Equal(["member hecate@example.org Ian -"], await crone.ListAsync("affiliation=member"));
        await crone.ChangeAsync(AdminClient.Item("affiliation=admin nick=Ian"));
        Assert.Equal(["admin hecate@example.org Ian -"], await crone.ListAsync("affiliation=admin"));
    }

    // §7.10: one nickname, one user; whatever the order, and though his own is not said again.
    [Theory]
    [InlineData(false, "Ian")]
    [InlineData(true, "Ian")]
    [InlineData(true, "lan")]
    public async Task In_one_request_nobody_is_given_the_nickname_of_another_who_keeps_it(bool isFirst, string nickname)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("hecate@example.org", MucAffiliation.Member, "Ian")]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync($"{Coven}/firstwitch");
        string[] items = [AdminClient.Item("affiliation=member jid=hecate@example.org"), AdminClient.Item($"affiliation=member jid=hag66@example.org nick={nickname}")];

        await crone.DeniedAsync("conflict", "cancel", isFirst ? [.. items.Reverse()] : items);

        Assert.Equal(["member hecate@example.org Ian -"], await crone.ListAsync("affiliation=member"));
    }

    // White space around it, which nobody has in a room, keeps nobody out.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_nickname_that_was_reserved_with_white_space_around_it_can_be_had(bool isStored)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(
            Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("hag66@example.org", MucAffiliation.Member, isStored ? " thirdwitch " : null)], Lock);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.EnterAsync($"{Coven}/firstwitch");
        if (!isStored)
        {
            await crone.ChangeAsync("<item affiliation='member' jid='hag66@example.org' nick=' thirdwitch '/>");
        }

        await hag.RequestAsync($"{Coven}/oldhag");

        Assert.Equal("member participant", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Says());
    }

    private static async Task<(TestClient Crone, TestClient Hag)> EnterAsync(XmppTestServer server, params string[] fields)
    {
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("hag66@example.org", MucAffiliation.Member, "thirdwitch")], fields);
        return (await server.LoginAsync("crone1@example.org/desktop"), await server.LoginAsync("hag66@example.org/pda"));
    }
}
