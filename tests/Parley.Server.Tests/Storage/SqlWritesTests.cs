using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;
using Xunit;

namespace Parley.Server.Tests.Storage;

/// <summary>Lanes and barriers, with lanes that take turns on one SQLite file.</summary>
public sealed class SqlWritesTests : IDisposable
{
    private static readonly SqlAppend Items = new("item", new SqlColumn("id", SqlColumnType.Number), new SqlColumn("text", SqlColumnType.Text));
    private static readonly SqlStatement Create = new("CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, text TEXT CHECK (text <> 'bad'))");
    private static readonly SqlStatement Count = new("SELECT COUNT(*) FROM item");

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteDataSource _dataSource;

    public SqlWritesTests() => _dataSource = new SqliteDataSource(new SqliteStorageOptions { Path = _folder.File("test.db") });

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_barrier_opens_when_what_was_called_for_before_has_completed(int lanes)
    {
        await using SqlWrites writes = Writes(lanes);
        using var gate = new ManualResetEventSlim();
        Assert.True(writes.SettledAsync(CancellationToken).AsTask().IsCompleted);

        int run = 0;
        Task<int>[] held = [.. Accounts(20).Select(account => writes.WriteAsync(account, gate, (_, opened) =>
        {
            opened.Wait(CancellationToken);
            return Interlocked.Increment(ref run);
        }, 1, CancellationToken).AsTask())];
        Task barrier = writes.SettledAsync(CancellationToken).AsTask();
        using var cancellation = new CancellationTokenSource();
        Task givenUp = writes.SettledAsync(cancellation.Token).AsTask();
        Assert.False(barrier.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.False(barrier.IsCompleted);

        gate.Set();
        await barrier;
        Assert.Equal(20, Volatile.Read(ref run));
        await Task.WhenAll(held);
        Assert.True(writes.SettledAsync(CancellationToken).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_barrier_waits_for_no_write_that_was_called_for_after_it()
    {
        await using SqlWrites writes = Writes(1);
        using var first = new ManualResetEventSlim();
        using var second = new ManualResetEventSlim();
        Jid account = Accounts(1)[0];
        using var entered = new ManualResetEventSlim();
        Task<int> before = writes.WriteAsync(account, (entered, first), static (_, events) =>
        {
            events.entered.Set();
            events.first.Wait();
            return 0;
        }, 1, CancellationToken).AsTask();
        entered.Wait(CancellationToken);
        Task barrier = writes.SettledAsync(CancellationToken).AsTask();
        Task<int> after = writes.WriteAsync(account, second, Wait, 1, CancellationToken).AsTask();

        first.Set();
        await barrier;
        await before.WaitAsync(CancellationToken);
        Assert.False(after.IsCompleted);
        second.Set();
        await after;
    }

    [Fact]
    public async Task A_barrier_opens_behind_writes_that_fail_or_are_given_up()
    {
        await using SqlWrites writes = Writes(2);
        Task<int>[] failed = [.. Accounts(10).Select(account =>
            writes.WriteAsync<int, int>(account, 0, static (_, _) => throw new FormatException(), 1, CancellationToken).AsTask())];

        await writes.SettledAsync(CancellationToken);

        foreach (Task<int> write in failed)
            await Assert.ThrowsAsync<FormatException>(() => write);
    }

    [Fact]
    public async Task The_writes_of_an_account_keep_their_order_in_any_number_of_lanes()
    {
        await using SqlWrites writes = Writes(4);
        Jid[] accounts = Accounts(8);
        List<int>[] seen = [.. accounts.Select(static _ => new List<int>())];

        await Task.WhenAll(Enumerable.Range(0, 400).Select(number => writes.WriteAsync(
            accounts[number % 8],
            (List: seen[number % 8], number),
            static (_, write) =>
            {
                write.List.Add(write.number);
                return 0;
            },
            1,
            CancellationToken).AsTask()));

        Assert.All(seen, static list => Assert.Equal(list.Order(), list));
        Assert.Equal(400, seen.Sum(static list => list.Count));
    }

    [Fact]
    public async Task A_write_behind_all_waits_for_every_lane_and_a_barrier_for_it()
    {
        await using SqlWrites writes = Writes(4);
        using var gate = new ManualResetEventSlim();

        // Counted by the writes themselves: whoever awaits one may hear of its end later.
        int run = 0;
        int runBefore = -1;
        Task<int>[] held = [.. Accounts(20).Select(account => writes.WriteAsync(account, gate, (_, opened) =>
        {
            opened.Wait(CancellationToken);
            return Interlocked.Increment(ref run);
        }, 1, CancellationToken).AsTask())];
        Task<int> behind = writes.WriteBehindAllAsync(
            Accounts(1)[0], 0, (_, _) => runBefore = Volatile.Read(ref run), 1, CancellationToken).AsTask();
        Task barrier = writes.SettledAsync(CancellationToken).AsTask();
        Assert.False(barrier.IsCompleted);

        gate.Set();
        await barrier;
        Assert.Equal(20, Volatile.Read(ref runBefore));
        Assert.Equal(20, await behind);
        await Task.WhenAll(held);
    }

    [Fact]
    public async Task A_row_that_is_refused_leaves_its_neighbours_alone()
    {
        await using SqlWrites writes = Writes(1);
        Jid account = Accounts(1)[0];
        await writes.WriteAsync(account, 0, static (session, _) => session.Execute(Create), 1, CancellationToken);
        using var gate = new ManualResetEventSlim();
        Task<int> held = writes.WriteAsync(account, gate, Wait, 1, CancellationToken).AsTask();
        Task<bool>[] appends = [.. new[] { "good", "bad", null, "", "good" }.Select((text, index) => writes.WriteAsync(
            account, (index, text), static (session, row) => session.Append(Items, Math.Min(row.index, 3), row.text), 1, CancellationToken).AsTask())];
        gate.Set();
        await held;

        Assert.True(await appends[0]);
        await Assert.ThrowsAsync<StorageException>(() => appends[1]);
        Assert.True(await appends[2]);
        Assert.True(await appends[3]);
        Assert.False(await appends[4]);
        Assert.Equal(3L, await writes.WriteAsync(account, 0, static (session, _) => (long)session.Scalar(Count)!, 1, CancellationToken));
    }

    public void Dispose()
    {
        _dataSource.Dispose();
        _folder.Dispose();
    }

    // A lane that waits must hold no lock of the file that another one waits for: the gate is passed before anything is written.
    private static int Wait(SqlSession session, ManualResetEventSlim gate)
    {
        gate.Wait(CancellationToken);
        return 0;
    }

    private static Jid[] Accounts(int count) => [.. Enumerable.Range(0, count).Select(static number => Jid.Parse($"user{number}@example.org"))];

    private SqlWrites Writes(int lanes) => new(_dataSource, SqliteDialect.Instance with { WriteLanes = lanes }, new GroupCommitOptions());
}
