using System.Text;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="IArchiveStore"/> does with the archives of the rooms of an <see cref="IRoomStore"/>.</summary>
public abstract class RoomArchiveSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private const string Service = "chat.example.com";
    private static readonly Jid Coven = Jid.Parse("coven@chat.example.com");
    private static readonly Jid Heath = Jid.Parse("heath@chat.example.com");
    private static readonly Jid Witch = Coven.WithResource("firstwitch");
    private static readonly Jid Hecate = Coven.WithResource("Hecate");

    private IArchiveStore Archives => Store<IArchiveStore>();

    private IRoomStore Rooms => Store<IRoomStore>();

    [Fact]
    public async Task A_room_has_an_archive_as_long_as_it_is_stored()
    {
        await Append(1, Witch, "too early");
        await Save(Coven);
        await Append(2, Witch, "Thrice the brinded cat hath mew'd");
        await Append(3, Hecate, "and the hedge-pig whined");
        await Append(2, Hecate, "again");
        await Save(Coven);

        await Finds([2L, 3], new(Coven));
        await Finds([3L], new(Coven) { With = Hecate });
        await Finds([2L, 3], new(Coven) { With = Coven });
        await Finds([2L], new(Coven) { Text = "CAT brinded" });
        Assert.Equal(new ArchiveBounds(2, 3), await Archives.BoundsAsync(Witch, CancellationToken));
        Assert.Equal([3L], await Archives.FindAsync(Coven, [1, 3], CancellationToken));
        Assert.Equal(3, (await Archives.FindByMessageIdAsync(Coven, Hecate, "m3", CancellationToken))?.Id);

        Assert.True(await Rooms.RemoveAsync(Coven, CancellationToken));
        await Append(4, Witch, "too late");
        await Finds([], new(Coven));
        Assert.Null(await Archives.BoundsAsync(Coven, CancellationToken));
    }

    [Fact]
    public async Task The_next_room_of_a_name_finds_and_gets_nothing_of_the_former()
    {
        await Save(Coven);
        for (long id = 1; id <= 300; id++)
            await Archives.AppendAsync(Entry(id, "former", new(Coven, Witch), new(Juliet, Witch)), CancellationToken);
        Assert.True(await Rooms.RemoveAsync(Coven, CancellationToken));
        await Append(301, Witch, "between");
        await Save(Coven);

        await Finds([], new(Coven));
        await Finds([], new(Coven) { Text = "former" });
        Assert.Equal(300, (await Read(new(Juliet) { Text = "former" })).Count);

        await Append(302, Witch, "later");
        await Finds([302L], new(Coven) { Text = "later" });
    }

    [Fact]
    public async Task A_room_removed_and_made_again_among_appends_gets_only_what_came_after()
    {
        await Save(Coven);
        await Append(1, Witch, "before");
        var writes = new List<Task>();
        for (long id = 2; id < 50; id++)
            writes.Add(Append(id, Witch, "before"));
        Assert.True(await Rooms.RemoveAsync(Coven, CancellationToken));
        writes.Add(Save(Coven));
        for (long id = 50; id < 100; id++)
            writes.Add(Append(id, Witch, "after"));
        await Task.WhenAll(writes);

        Assert.Equal(50, (await Read(new(Coven))).Count);
        Assert.Equal(50, (await Read(new(Coven) { Text = "after" })).Count);
    }

    [Fact]
    public async Task A_tombstone_takes_the_place_of_a_message()
    {
        await Save(Coven);
        await Append(1, Witch, "secret");

        Assert.True(await Archives.ReplaceAsync(Coven, 1, "<gone/>"u8.ToArray(), CancellationToken));
        await Finds([], new(Coven) { Text = "secret" });
        Assert.Equal("<gone/>"u8.ToArray(), Assert.Single((await Read(new(Coven))).Messages).Stanza.ToArray());
    }

    [Fact]
    public async Task The_last_messages_up_to_a_moment_come_without_counting_the_others()
    {
        await Save(Coven);
        for (long id = 1; id <= 50; id++)
            await Append(id, Witch, null);

        await Page([41L, 42, 43, 44, 45, 46, 47, 48, 49, 50], false, new(Coven), new(10) { FromEnd = true, IsCounted = false });
        await Page([20L, 21], false, new(Coven) { ToId = 21 }, new(2) { FromEnd = true, IsCounted = false });
        await Page([48L, 49, 50], true, new(Coven) { FromId = 48 }, new(10) { FromEnd = true, IsCounted = false });
        await Page([], true, new(Heath), new(10) { FromEnd = true, IsCounted = false });
        await Page([], false, new(Coven), new(5) { Index = 20_000, IsCounted = false }, isComplete: true);

        async Task Page(long[] ids, bool expected, ArchiveQuery query, ArchivePaging paging, bool isComplete = false)
        {
            ArchivePage page = await Archives.ReadAsync(query, paging, CancellationToken);
            Assert.Equal(ids, page.Messages.Select(static message => message.Id));
            Assert.Equal((expected || isComplete, null, null), (page.IsComplete, page.Count, page.FirstIndex));
        }
    }

    [Fact]
    public async Task The_limits_of_a_service_apply_to_its_rooms()
    {
        await Save(Coven);
        await Save(Heath);
        for (long id = 1; id <= 10; id++)
        {
            await Archives.AppendAsync(Entry(id, "old", new(id % 2 == 0 ? Coven : Heath, Witch), null), CancellationToken);
            await Archives.AppendAsync(Entry(100 + id, "old", new(Juliet, Romeo), null), CancellationToken);
        }

        Assert.Equal([Coven, Heath], await Archives.OwnersAsync(Service, null, 10, CancellationToken));
        Assert.Equal([Heath], await Archives.OwnersAsync(Service, Coven, 10, CancellationToken));
        Assert.Equal(3, await Archives.RemoveOldAsync(Service, 4, 100, CancellationToken));
        Assert.Equal(0, await Archives.RemoveOldAsync(Service, 4, 100, CancellationToken));
        Assert.Equal(2, await Archives.TrimAsync(Coven, 2, 100, CancellationToken));

        await Finds([8L, 10], new(Coven) { Text = "old" });
        await Finds([5L, 7, 9], new(Heath) { Text = "old" });
        Assert.Equal(10, (await Read(new(Juliet))).Count);
    }

    [Fact]
    public async Task The_highest_id_may_be_a_rooms()
    {
        await Save(Coven);
        await Archives.AppendAsync(Entry(60, null, new(Juliet, Romeo), null), CancellationToken);
        await Append(70, Witch, null);

        Assert.Equal(70, await Archives.HighestIdAsync(CancellationToken));
    }

    [Fact]
    public async Task Much_goes_with_its_room()
    {
        await Save(Coven);
        await Task.WhenAll(Enumerable.Range(1, 3000).Select(id => Append(id, Witch, "much")));

        Assert.True(await Rooms.RemoveAsync(Coven, CancellationToken));
        await Save(Coven);
        Assert.Equal(0, (await Read(new(Coven))).Count);
        Assert.Equal(0, (await Read(new(Coven) { Text = "much" })).Count);
        Assert.Equal(0, await Archives.HighestIdAsync(CancellationToken) % 3000);
    }

    private static ArchiveEntry Entry(long id, string? text, ArchivePlace first, ArchivePlace? second) =>
        new(id, Encoding.UTF8.GetBytes($"<message id='m{id}'><body>{id}</body></message>"), $"m{id}", text, true, first, second);

    private Task Save(Jid room) => Rooms.SaveAsync(new RoomRow(room, null, null, true, default), CancellationToken).AsTask();

    private Task Append(long id, Jid occupant, string? text) => Archives.AppendAsync(Entry(id, text, new(Coven, occupant), null), CancellationToken).AsTask();

    private ValueTask<ArchivePage> Read(ArchiveQuery query) => Archives.ReadAsync(query, new ArchivePaging(1000), CancellationToken);

    private async Task Finds(long[] ids, ArchiveQuery query) => Assert.Equal(ids, (await Read(query)).Messages.Select(static message => message.Id));
}
