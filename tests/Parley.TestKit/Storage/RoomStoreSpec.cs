using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="IRoomStore"/> does.</summary>
public abstract class RoomStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private const string Service = "chat.example.com";
    private static readonly Jid Coven = Jid.Parse("coven@chat.example.com");
    private static readonly Jid Heath = Jid.Parse("heath@chat.example.com");
    private static readonly Jid Other = Jid.Parse("coven@chat.example.net");
    private static readonly RoomMember Owner = new(Romeo, MucAffiliation.Owner, null, null);

    private IRoomStore Rooms => Store<IRoomStore>();

    [Fact]
    public async Task A_room_that_was_never_saved_is_not_there()
    {
        Assert.Null(await Rooms.FindAsync(Coven, CancellationToken));
        Assert.False(await Rooms.RemoveAsync(Coven, CancellationToken));
        Assert.Empty(await Names(RoomListQuery.All));
        Assert.Equal(0, await Rooms.CountAsync(Service, RoomListQuery.All, CancellationToken));
        Assert.Empty(await Rooms.OfUserAsync(Romeo, CancellationToken));
    }

    [Theory]
    [InlineData("A Dark Cave", "Where witches meet \ud83e\uddd9", true, false, new byte[] { 0, 1, 255 })]
    [InlineData(null, null, false, true, new byte[0])]
    [InlineData("", "", true, true, new byte[] { 7 })]
    public async Task All_of_a_room_is_kept(string? name, string? description, bool isPublic, bool isTemporary, byte[] document)
    {
        await Rooms.SaveAsync(new RoomRow(Heath, "before", null, true, new byte[] { 9 }), CancellationToken);
        await Rooms.SaveAsync(new RoomRow(Coven, "before", null, !isPublic, new byte[] { 9 }) { IsTemporary = !isTemporary }, CancellationToken);
        await Rooms.SaveAsync(new RoomRow(Coven.WithResource("x"), name, description, isPublic, document) { IsTemporary = isTemporary }, CancellationToken);

        StoredRoom? room = await Rooms.FindAsync(Coven.WithResource("firstwitch"), CancellationToken);
        Assert.Equal(
            (Coven, name, description, isPublic, isTemporary, Convert.ToHexString(document)),
            (room!.Row.Address, room.Row.Name, room.Row.Description, room.Row.IsPublic, room.Row.IsTemporary, Convert.ToHexString(room.Row.Document.Span)));
        Assert.Empty(room.Members);
        Assert.Equal("before", (await Rooms.FindAsync(Heath, CancellationToken))!.Row.Name);
        RoomRow listed = (await Rooms.ListAsync(Service, RoomListQuery.All, new(1), CancellationToken)).Single();
        Assert.Equal((Coven, name, description, isPublic, isTemporary), (listed.Address, listed.Name, listed.Description, listed.IsPublic, listed.IsTemporary));
        Assert.Equal(document, listed.Document.ToArray());
    }

    [Fact]
    public async Task Members_are_set_replaced_and_removed()
    {
        await Save(Coven);
        await Save(Heath);
        var troll = new RoomMember(Jid.Parse("troll.example.org"), MucAffiliation.Outcast, null, "Treason \ud83d\udde1");
        var guest = new RoomMember(Juliet, MucAffiliation.None, "Jülchen", null);
        await Rooms.SetMembersAsync(Coven, [Owner, troll, guest], CancellationToken);
        await Rooms.SetMembersAsync(Heath, [Owner], CancellationToken);
        await Members(Coven, Owner, troll, guest);

        await Rooms.SetMembersAsync(Coven, [], CancellationToken);
        await Rooms.SetMembersAsync(
            Coven.WithResource("x"),
            [guest with { User = Juliet.WithResource("balcony"), Affiliation = MucAffiliation.Admin }, troll with { Affiliation = MucAffiliation.None }, new(Jid.Parse("nobody@example.org"), MucAffiliation.None, null, "x")],
            CancellationToken);
        await Members(Coven, Owner, guest with { Affiliation = MucAffiliation.Admin });
        await Members(Heath, Owner);

        // To save a room anew leaves them.
        await Save(Coven);
        await Members(Coven, Owner, guest with { Affiliation = MucAffiliation.Admin });
    }

    [Fact]
    public async Task A_room_is_saved_together_with_its_members()
    {
        var admin = new RoomMember(Juliet, MucAffiliation.Admin, "Jule", "Friend");
        await Rooms.SaveAsync(new RoomRow(Coven, "One", null, true, default), [Owner, admin], CancellationToken);
        await Members(Coven, Owner, admin);

        await Rooms.SaveAsync(new RoomRow(Coven, "Two", null, true, default), [admin with { Affiliation = MucAffiliation.None, Nickname = null }], CancellationToken);
        await Members(Coven, Owner);
        Assert.Equal("Two", (await Rooms.FindAsync(Coven, CancellationToken))!.Row.Name);
    }

    [Fact]
    public async Task Members_of_a_room_that_is_not_there_are_refused()
    {
        var refusal = await Assert.ThrowsAsync<RoomNotFoundException>(() => Rooms.SetMembersAsync(Coven.WithResource("x"), [Owner], CancellationToken).AsTask());

        Assert.Equal(Coven, refusal.Room);
        Assert.Null(await Rooms.FindAsync(Coven, CancellationToken));
        Assert.Empty(await Rooms.OfUserAsync(Romeo, CancellationToken));
    }

    [Fact]
    public async Task A_removed_room_leaves_nothing_to_the_next_of_its_name()
    {
        await Save(Coven);
        await Save(Other);
        await Rooms.SetMembersAsync(Coven, [Owner], CancellationToken);
        await Rooms.SetMembersAsync(Other, [Owner], CancellationToken);

        Assert.True(await Rooms.RemoveAsync(Coven.WithResource("x"), CancellationToken));
        Assert.False(await Rooms.RemoveAsync(Coven, CancellationToken));
        Assert.Null(await Rooms.FindAsync(Coven, CancellationToken));
        await Assert.ThrowsAsync<RoomNotFoundException>(() => Rooms.SetMembersAsync(Coven, [Owner], CancellationToken).AsTask());
        await Save(Coven);

        await Members(Coven);
        await Members(Other, Owner);
        Assert.Equal([new RoomOfUser(Other, Owner)], await Rooms.OfUserAsync(Romeo, CancellationToken));
    }

    [Fact]
    public async Task The_rooms_of_a_user_are_found_in_every_service()
    {
        foreach (Jid room in new[] { Heath, Other, Coven })
            await Save(room);
        var banned = new RoomMember(Romeo, MucAffiliation.Outcast, "rom", "Enough");
        await Rooms.SetMembersAsync(Heath, [banned, new(Juliet, MucAffiliation.Owner, null, null)], CancellationToken);
        await Rooms.SetMembersAsync(Other, [Owner], CancellationToken);
        await Rooms.SetMembersAsync(Coven, [new(Romeo.DomainJid, MucAffiliation.Member, null, null)], CancellationToken);

        Assert.Equal([new RoomOfUser(Other, Owner), new RoomOfUser(Heath, banned)], await Rooms.OfUserAsync(Romeo.WithResource("orchard"), CancellationToken));
        Assert.Equal([Coven], (await Rooms.OfUserAsync(Romeo.DomainJid, CancellationToken)).Select(static found => found.Room));
    }

    [Fact]
    public async Task Rooms_are_listed_by_the_page_in_the_order_of_their_addresses()
    {
        string[] names = ["b", "a", "ä", "b-c", "b_c", "z", "bc"];
        foreach (string name in names)
            await Save(Jid.Parse($"{name}@{Service}"));
        await Save(Other);
        string[] sorted = [.. names.Select(static name => $"{name}@{Service}").Order(StringComparer.Ordinal).Select(static address => address.Split('@')[0])];

        Assert.Equal(sorted, await Names(RoomListQuery.All));
        Assert.Equal(sorted[..3], await Names(RoomListQuery.All, new(3)));
        Assert.Equal(sorted[^2..], await Names(RoomListQuery.All, new(2, FromEnd: true)));
        Assert.Equal(sorted[3..5], await Names(new() { After = Jid.Parse($"{sorted[2]}@{Service}/x") }, new(2)));
        Assert.Equal(sorted[2..4], await Names(new() { Before = Jid.Parse($"{sorted[4]}@{Service}/x") }, new(2, FromEnd: true)));
        Assert.Equal(sorted[1..4], await Names(new() { After = Jid.Parse($"{sorted[0]}@{Service}"), Before = Jid.Parse($"{sorted[4]}@{Service}") }));
        Assert.Empty(await Names(RoomListQuery.All, new(0)));
        Assert.Equal(7, await Rooms.CountAsync(Service, RoomListQuery.All, CancellationToken));
        Assert.Equal(4, await Rooms.CountAsync(Service, new() { Before = Jid.Parse($"{sorted[4]}@{Service}") }, CancellationToken));
        Assert.Equal(0, await Rooms.CountAsync("'; DROP TABLE room; --", RoomListQuery.All, CancellationToken));
        Assert.Equal(1, await Rooms.CountAsync("chat.example.net", RoomListQuery.All, CancellationToken));
    }

    [Fact]
    public async Task A_list_is_narrowed_by_what_rooms_are()
    {
        await Rooms.SaveAsync(Row("a"), CancellationToken);
        await Rooms.SaveAsync(Row("b") with { IsPublic = false }, CancellationToken);
        await Rooms.SaveAsync(Row("c") with { IsTemporary = true }, CancellationToken);
        await Rooms.SaveAsync(Row("d") with { IsPublic = false, IsTemporary = true }, CancellationToken);
        foreach (string name in new[] { "a", "d" })
            await Rooms.SetMembersAsync(Jid.Parse($"{name}@{Service}"), [Owner, new(Juliet, MucAffiliation.Admin, null, null)], CancellationToken);

        await Finds(new() { IsPublic = true }, "a", "c");
        await Finds(new() { IsPublic = false }, "b", "d");
        await Finds(new() { IsTemporary = true }, "c", "d");
        await Finds(new() { IsTemporary = false, IsPublic = true }, "a");
        await Finds(new() { Owner = Romeo.WithResource("orchard") }, "a", "d");
        await Finds(new() { Owner = Romeo, IsPublic = true, Text = "a", After = Jid.Parse("0@x") }, "a");
        await Finds(new() { Owner = Juliet });
        Assert.Equal(["d"], await Names(new() { Owner = Romeo }, new(1, FromEnd: true)));
    }

    [Theory]
    [InlineData("cave", "coven")]
    [InlineData("CAV DARK", "coven")]
    [InlineData("witch", "coven", "heath")]
    [InlineData("coven", "coven")]
    [InlineData("uber HOHLE", "heath")]
    [InlineData("chat.example.com")]
    [InlineData("cave heath")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("")]
    [InlineData("\u0301")]
    [InlineData("'; DROP TABLE room; --")]
    [InlineData("(cave)\\", "coven")]
    public async Task Words_find_the_rooms_that_have_all_of_them(string text, params string[] found)
    {
        await Rooms.SaveAsync(new RoomRow(Coven, "A Dark Cave", "For the Witches", true, default), CancellationToken);
        await Rooms.SaveAsync(new RoomRow(Heath, "Über die Höhle", "witchcraft", true, default), CancellationToken);

        await Finds(new() { Text = text }, found);
    }

    [Fact]
    public async Task Very_long_words_and_very_many_of_them_are_sought()
    {
        await Rooms.SaveAsync(new RoomRow(Coven, new string('x', 60_000), string.Join(' ', Enumerable.Range(0, 1000).Select(static number => $"w{number}")), true, default), CancellationToken);

        await Finds(new() { Text = new string('x', 60_000) }, "coven");
        await Finds(new() { Text = string.Join(' ', Enumerable.Range(0, 1000).Select(static number => $"w{number}")) }, "coven");
        await Finds(new() { Text = new string('y', 60_000) });
    }

    [Fact]
    public async Task The_longest_addresses_are_kept()
    {
        var random = new Random(1);
        string domain = string.Join('.', Enumerable.Range(0, 4).Select(_ => Letters(60)));
        Jid room = Jid.Parse($"{Letters(1023)}@{domain}");
        RoomMember[] members = [new(Jid.Parse($"{Letters(1023)}@{domain}"), MucAffiliation.Owner, Letters(1023), Letters(3000)), Owner];
        await Save(room);
        await Rooms.SetMembersAsync(room, members, CancellationToken);
        await Rooms.SetMembersAsync(room, members, CancellationToken);

        await Members(room, members);
        Assert.Single(await Rooms.OfUserAsync(members[0].User, CancellationToken));

        string Letters(int count) => new([.. Enumerable.Range(0, count).Select(_ => (char)random.Next('a', 'z' + 1))]);
    }

    private static RoomRow Row(string name) => new(Jid.Parse($"{name}@{Service}"), null, null, true, default);

    private Task Save(Jid room) => Rooms.SaveAsync(new RoomRow(room, null, null, true, default), CancellationToken).AsTask();

    private async Task Members(Jid room, params RoomMember[] members) => Assert.Equal(
        members.OrderBy(static member => member.User.ToString(), StringComparer.Ordinal),
        (await Rooms.FindAsync(room, CancellationToken))!.Members.OrderBy(static member => member.User.ToString(), StringComparer.Ordinal));

    [Fact]
    public async Task A_list_may_do_without_documents()
    {
        await Rooms.SaveAsync(new RoomRow(Jid.Parse($"cave@{Service}"), "Cave", "Dark", true, new byte[] { 1, 2, 3 }), CancellationToken);

        var with = Assert.Single(await Rooms.ListAsync(Service, RoomListQuery.All, new(10), CancellationToken));
        var without = Assert.Single(await Rooms.ListAsync(Service, RoomListQuery.All, new(10) { OmitsDocuments = true }, CancellationToken));

        Assert.Equal(3, with.Document.Length);
        Assert.Equal(("cave", "Cave", "Dark", true, 0), (without.Address.Local, without.Name, without.Description, without.IsPublic, without.Document.Length));
    }

    private async Task Finds(RoomListQuery query, params string[] names)
    {
        Assert.Equal(names, await Names(query));
        Assert.Equal(names.Length, await Rooms.CountAsync(Service, query, CancellationToken));
    }

    private async Task<string[]> Names(RoomListQuery query, RoomListPage? page = null) =>
        [.. (await Rooms.ListAsync(Service, query, page ?? new(100), CancellationToken)).Select(static room => room.Address.Local!)];
}
