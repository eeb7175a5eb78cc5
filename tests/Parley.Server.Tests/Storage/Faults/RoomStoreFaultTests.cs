using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Storage.Faults;

/// <summary>A store of rooms that fails its n-th operation, for every n: what it says it kept is kept, what it says is not there is not, and it goes on.</summary>
public sealed class RoomStoreFaultTests : IDisposable
{
    private static readonly Jid Owner = Jid.Parse("owner@example.org");
    private static readonly Jid Guest = Jid.Parse("guest@example.net");
    private readonly FaultyBackend _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(FaultKind.Refused, 1)]
    [InlineData(FaultKind.ConnectionLost, 1)]
    [InlineData(FaultKind.CommittedUnheard, 1)]
    [InlineData(FaultKind.Refused, 6)]
    [InlineData(FaultKind.ConnectionLost, 10)]
    public async Task Every_operation_may_fail(FaultKind kind, int length)
    {
        await using XmppTestServer server = await _store.StartAsync();
        int n = 1;
        while (await PassAsync(server, Jid.Parse($"room{n}@rooms.example.org"), kind, n, n + length - 1) > 0)
            n++;

        Assert.True(n > 4, $"Only {n} passes met a fault.");
        Assert.Empty(server.Faults);
    }

    private static async Task<bool> TryAsync(ValueTask write)
    {
        try
        {
            await write;
            return true;
        }
        catch (StorageException)
        {
            return false;
        }
    }

    /// <summary>Goes through a room's life over a failing store, compares what was said with what is, and goes on where it is well.</summary>
    /// <returns>How many operations failed.</returns>
    private async Task<int> PassAsync(XmppTestServer server, Jid room, FaultKind kind, int from, int to)
    {
        var (rooms, archives) = (server.Get<IRoomStore>(), server.Get<IArchiveStore>());
        var row = new RoomRow(room, "One", null, true, new byte[] { 1 });
        RoomMember[] members = [new(Owner, MucAffiliation.Owner, null, null), new(Guest, MucAffiliation.Member, "guest", null)];
        _store.Plan.Arm(kind, from, to);
        bool saved = await TryAsync(rooms.SaveAsync(row, CancellationToken.None));
        bool changed = await TryAsync(rooms.SaveAsync(row with { Name = "Two" }, CancellationToken.None));
        bool set = await TryAsync(rooms.SetMembersAsync(room, members, CancellationToken.None));
        bool kept = await TryAsync(archives.AppendAsync(new ArchiveEntry(1, "<message/>"u8.ToArray(), null, "hello", true, new(room, room), null), CancellationToken.None));
        await TryAsync(new ValueTask(rooms.FindAsync(room, CancellationToken.None).AsTask()));
        _store.Plan.Disarm();
        int failed = _store.Plan.Failed;

        StoredRoom? found = await rooms.FindAsync(room, CancellationToken.None);
        Assert.True(found is not null || !(saved || changed), $"{room} was saved, and is not there.");
        Assert.True(found?.Row.Name == "Two" || !changed);
        Assert.True(found?.Members.Count == 2 || !set);
        Assert.Contains(found?.Members.Count, new int?[] { null, 0, 2 });
        Assert.True((await archives.FindAsync(room, [1], CancellationToken.None)).Count == 1 || !kept || !(saved || changed));

        await rooms.SaveAsync(row, CancellationToken.None);
        await rooms.SetMembersAsync(room, members, CancellationToken.None);
        _store.Plan.Arm(kind, from, to);
        Jid made = Jid.Parse($"made-{room}");
        bool isMade = await TryAsync(rooms.SaveAsync(row with { Address = made }, members, CancellationToken.None));
        bool removed = await TryAsync(new ValueTask(rooms.RemoveAsync(room, CancellationToken.None).AsTask()));
        _store.Plan.Disarm();
        failed += _store.Plan.Failed;
        StoredRoom? created = await rooms.FindAsync(made, CancellationToken.None);
        Assert.True(created is not null || !isMade);
        Assert.True(created is null or { Members.Count: 2 }, $"{made} is there without its members.");
        Assert.True(await rooms.FindAsync(room, CancellationToken.None) is null || !removed);
        await rooms.SaveAsync(row, CancellationToken.None);
        Assert.True(!removed || (await rooms.FindAsync(room, CancellationToken.None))!.Members.Count == 0);
        return failed;
    }
}
