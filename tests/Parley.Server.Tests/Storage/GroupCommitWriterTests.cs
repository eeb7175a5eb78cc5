using Microsoft.Data.Sqlite;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;
using Xunit;

namespace Parley.Server.Tests.Storage;

public sealed class GroupCommitWriterTests : IDisposable
{
    private static readonly SqlStatement Insert = new("INSERT INTO item (id, parent) VALUES (@id, @parent)");

    private static readonly GroupCommitOptions Patient = new() { Patience = TimeSpan.FromDays(1) };

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteDataSource _dataSource;

    public GroupCommitWriterTests()
    {
        _dataSource = new SqliteDataSource(new SqliteStorageOptions { Path = _folder.File("test.db"), BusyTimeout = TimeSpan.FromMilliseconds(100) });
        Execute("CREATE TABLE item (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)");
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_result_is_told_when_another_connection_can_see_the_row()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());

        Assert.Equal(1, await Add(writer, 7));

        Assert.Equal([7L], Ids());
    }

    [Fact]
    public async Task Writes_that_arrive_during_a_commit_share_the_next_one()
    {
        using var meter = new StorageMeter();
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions(), meter);
        using var gate = new Gate(writer);

        Task<int>[] writes = [.. Enumerable.Range(1, 20).Select(id => Add(writer, id))];
        Assert.Equal(20, meter.QueueDepth());
        Assert.All(writes, static write => Assert.False(write.IsCompleted));
        gate.Open();

        await Task.WhenAll(writes);
        await writer.DisposeAsync();
        Assert.Equal([1, 20], meter.BatchSizes);
        Assert.Equal(2, meter.BatchTimes.Count);
        Assert.Equal(20, Ids().Length);
    }

    [Fact]
    public async Task Writes_that_may_wait_share_the_transaction_of_one_that_may_not()
    {
        using var meter = new StorageMeter();
        await using var writer = new GroupCommitWriter(_dataSource, Patient, meter);

        Task<int>[] waiting = [.. Enumerable.Range(1, 20).Select(id => Add(writer, id, mayWait: true))];
        await Add(writer, 21);

        Assert.All(waiting, static write => Assert.True(write.IsCompleted));
        await writer.DisposeAsync();
        Assert.Equal([21], meter.BatchSizes);
    }

    [Fact]
    public async Task Writes_that_may_wait_do_not_when_somebody_wants_to_see_them()
    {
        await using var writer = new GroupCommitWriter(_dataSource, Patient);
        Task<int> waiting = Add(writer, 1, mayWait: true);
        Assert.False(waiting.IsCompleted);

        await writer.SettledAsync();

        Assert.Equal([1L], Ids());
        await waiting;
    }

    [Fact]
    public async Task Writes_that_may_wait_make_up_a_batch_or_end_with_the_writer()
    {
        using var meter = new StorageMeter();
        await using var writer = new GroupCommitWriter(_dataSource, Patient with { MaxBatch = 8 }, meter);

        Task<int>[] waiting = [.. Enumerable.Range(1, 20).Select(id => Add(writer, id, mayWait: true))];
        await Task.WhenAll(waiting[..8]);
        await writer.DisposeAsync();

        Assert.All(waiting, static write => Assert.True(write.IsCompletedSuccessfully));
        Assert.Equal([8, 8, 4], meter.BatchSizes);
    }

    [Fact]
    public async Task Writes_that_may_wait_do_not_wait_for_ever()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions { Patience = TimeSpan.FromMilliseconds(1) });

        Assert.Equal(1, await Add(writer, 1, mayWait: true));
    }

    [Fact]
    public async Task A_batch_is_bounded()
    {
        using var meter = new StorageMeter();
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions { MaxBatch = 8 }, meter);
        using var gate = new Gate(writer);
        Task<int>[] writes = [.. Enumerable.Range(1, 20).Select(id => Add(writer, id))];
        gate.Open();

        await Task.WhenAll(writes);
        await writer.DisposeAsync();

        Assert.Equal([1, 8, 8, 4], meter.BatchSizes);
    }

    [Fact]
    public async Task A_write_that_fails_leaves_its_neighbours_alone()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());
        using var gate = new Gate(writer);
        Task<int> first = Add(writer, 1);
        Task<int> half = writer.WriteAsync(
            0,
            static (session, _) => session.Execute(Insert, 2L, null) + session.Execute(Insert, 2L, null),
            1,
            CancellationToken).AsTask();
        Task<int> thrown = writer.WriteAsync<int, int>(0, static (_, _) => throw new FormatException(), 1, CancellationToken).AsTask();
        Task<int> last = Add(writer, 3);
        gate.Open();

        Assert.Equal(1, await first);
        Assert.IsType<SqliteException>((await Assert.ThrowsAsync<StorageException>(() => half)).InnerException);
        await Assert.ThrowsAsync<FormatException>(() => thrown);
        Assert.Equal(1, await last);
        Assert.Equal([1L, 3L], Ids());
    }

    [Fact]
    public async Task A_write_that_fails_alone_leaves_nothing()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());

        await Assert.ThrowsAsync<StorageException>(() => writer.WriteAsync(
            0,
            static (session, _) => session.Execute(Insert, 2L, null) + session.Execute(Insert, 2L, null),
            1,
            CancellationToken).AsTask());

        await Add(writer, 5);
        Assert.Equal([5L], Ids());
    }

    [Fact]
    public async Task A_commit_that_fails_fails_all_and_the_writer_goes_on()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());
        using var gate = new Gate(writer);
        Task<int>[] writes = [Add(writer, 1), Add(writer, 2, parent: 999), Add(writer, 3)];
        gate.Open();

        foreach (Task<int> write in writes)
            Assert.IsType<SqliteException>((await Assert.ThrowsAsync<StorageException>(() => write)).InnerException);
        Assert.Empty(Ids());

        Assert.Equal(1, await Add(writer, 4));
        Assert.Equal([4L], Ids());
    }

    [Fact]
    public async Task A_commit_that_fails_after_writes_were_tried_one_by_one_fails_all()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());
        using var gate = new Gate(writer);
        Task<int>[] writes = [Add(writer, 1), Add(writer, 1), Add(writer, 2, parent: 999)];
        gate.Open();

        foreach (Task<int> write in writes)
            await Assert.ThrowsAsync<StorageException>(() => write);
        Assert.Empty(Ids());
    }

    [Fact]
    public async Task A_database_locked_for_too_long_fails_the_write_and_the_writer_goes_on()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());
        await using (SqliteConnection other = Open())
        await using (SqliteTransaction held = other.BeginTransaction())
            await Assert.ThrowsAsync<StorageException>(() => Add(writer, 1));

        Assert.Equal(1, await Add(writer, 2));
        Assert.Equal([2L], Ids());
    }

    [Fact]
    public async Task A_write_given_up_in_the_queue_is_not_done()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());
        using var gate = new Gate(writer);
        using var cancellation = new CancellationTokenSource();
        Task<int> givenUp = Add(writer, 1, cancellationToken: cancellation.Token);
        Task<int> kept = Add(writer, 2);
        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.Equal(cancellation.Token, exception.CancellationToken);
        gate.Open();
        await kept;
        Assert.Equal([2L], Ids());
    }

    [Fact]
    public async Task A_write_given_up_before_the_call_is_not_done()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Add(writer, 1, cancellationToken: new CancellationToken(canceled: true)));

        await writer.DisposeAsync();
        Assert.Empty(Ids());
    }

    [Fact]
    public async Task A_write_in_its_transaction_cannot_be_given_up()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());
        using var cancellation = new CancellationTokenSource();

        Task<int> write = writer.WriteAsync(
            cancellation,
            static (session, cancellation) =>
            {
                cancellation.Cancel();
                return session.Execute(Insert, 1L, null);
            },
            1,
            cancellation.Token).AsTask();

        Assert.Equal(1, await write);
        Assert.Equal([1L], Ids());
    }

    [Theory]
    [InlineData(2, 1_000_000)]
    [InlineData(1000, 250)]
    public async Task Callers_beyond_the_queue_wait_in_order_and_beyond_the_line_are_refused(int maxQueued, int maxBytes)
    {
        var options = new GroupCommitOptions { MaxQueued = maxQueued, MaxQueuedBytes = maxBytes, MaxWaiting = 3 };
        using var meter = new StorageMeter();
        await using var writer = new GroupCommitWriter(_dataSource, options, meter);
        using var gate = new Gate(writer);

        // 100 bytes each: two in the queue and three in line.
        Task<int>[] writes = [.. Enumerable.Range(1, 5).Select(id => Add(writer, id))];
        await Assert.ThrowsAsync<StorageOverloadedException>(() => Add(writer, 6));
        gate.Open();

        await Task.WhenAll(writes);
        await writer.DisposeAsync();
        Assert.Equal([1L, 2L, 3L, 4L, 5L], Ids());
        Assert.Equal([1, 2, 2, 1], meter.BatchSizes);
    }

    [Fact]
    public async Task A_write_larger_than_the_queue_is_taken_when_the_queue_is_empty()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions { MaxQueuedBytes = 10 });

        int[] changed = await Task.WhenAll(Add(writer, 1), Add(writer, 2));

        Assert.Equal([1, 1], changed);
    }

    [Fact]
    public async Task Disposing_commits_what_waits_and_takes_no_more()
    {
        var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions { MaxQueued = 5, MaxBatch = 3 });
        using var gate = new Gate(writer);
        Task<int>[] writes = [.. Enumerable.Range(1, 20).Select(id => Add(writer, id))];

        Task disposal = writer.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Add(writer, 21));
        Assert.False(disposal.IsCompleted);
        gate.Open();

        await disposal;
        Assert.All(await Task.WhenAll(writes), static changed => Assert.Equal(1, changed));
        Assert.Equal(20, Ids().Length);
        await writer.DisposeAsync();
    }

    [Fact]
    public async Task A_continuation_does_not_run_on_the_writers_thread()
    {
        await using var writer = new GroupCommitWriter(_dataSource, new GroupCommitOptions());
        int writerThread = await writer.WriteAsync(0, static (_, _) => Environment.CurrentManagedThreadId, 1, CancellationToken);

        using var gate = new Gate(writer);
        Task<int> continuationThread = Add(writer, 1).ContinueWith(
            static _ => Environment.CurrentManagedThreadId, CancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        gate.Open();

        Assert.NotEqual(writerThread, await continuationThread);
    }

    [Fact]
    public async Task Two_writers_on_one_file_take_turns()
    {
        var patient = new SqliteDataSource(new SqliteStorageOptions { Path = _folder.File("test.db") });
        await using var one = new GroupCommitWriter(patient, new GroupCommitOptions { MaxBatch = 5 });
        await using var two = new GroupCommitWriter(patient, new GroupCommitOptions { MaxBatch = 5 });

        await Task.WhenAll(Enumerable.Range(1, 200).Select(id => Add(id % 2 == 0 ? one : two, id)));

        Assert.Equal(Enumerable.Range(1, 200).Select(static id => (long)id), Ids());
    }

    public void Dispose()
    {
        _dataSource.Dispose();
        _folder.Dispose();
    }

    private static Task<int> Add(GroupCommitWriter writer, long id, long? parent = null, CancellationToken? cancellationToken = null, bool mayWait = false) =>
        writer.WriteAsync(
            (id, parent),
            static (session, row) => session.Execute(Insert, row.id, row.parent),
            100,
            cancellationToken ?? CancellationToken,
            mayWait).AsTask();

    private SqliteConnection Open() => (SqliteConnection)_dataSource.OpenConnection();

    private void Execute(string statement)
    {
        using SqliteConnection connection = Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private long[] Ids()
    {
        using SqliteConnection connection = Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM item ORDER BY id";
        using SqliteDataReader rows = command.ExecuteReader();
        var ids = new List<long>();
        while (rows.Read())
            ids.Add(rows.GetInt64(0));
        return [.. ids];
    }

    /// <summary>A write that holds its transaction open, so that others queue behind it.</summary>
    private sealed class Gate : IDisposable
    {
        private readonly ManualResetEventSlim _open = new();

        public Gate(GroupCommitWriter writer)
        {
            using var entered = new ManualResetEventSlim();
            _ = writer.WriteAsync(
                (entered, _open),
                static (_, events) =>
                {
                    events.entered.Set();
                    events._open.Wait();
                    return 0;
                },
                0,
                CancellationToken.None).AsTask();
            entered.Wait(GroupCommitWriterTests.CancellationToken);
        }

        public void Open() => _open.Set();

        public void Dispose() => _open.Set();
    }
}
