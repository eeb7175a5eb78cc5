using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;
using Xunit;

namespace Parley.Server.Tests.Storage;

public sealed class SqlReadsTests : IDisposable
{
    private static readonly SqlStatement One = new("SELECT 1");

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteDataSource _dataSource;

    public SqlReadsTests() => _dataSource = new SqliteDataSource(new SqliteStorageOptions { Path = _folder.File("test.db") });

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_all_connections_in_use_a_caller_waits_for_one()
    {
        await using var reads = new SqlReads(_dataSource, 2);
        var release = new TaskCompletionSource();
        Task<SqlSession> first = Hold(reads, release.Task);
        Task<SqlSession> second = Hold(reads, release.Task);
        Task<SqlSession> third = Hold(reads, Task.CompletedTask);
        using var cancellation = new CancellationTokenSource();
        Task<SqlSession> givenUp = reads.ReadAsync(0, static (session, _, _) => ValueTask.FromResult(session), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.False(third.IsCompleted);

        release.SetResult();
        SqlSession[] used = await Task.WhenAll(first, second, third);
        Assert.Equal(2, used.Distinct().Count());
    }

    [Fact]
    public async Task A_read_that_fails_costs_its_connection_and_no_place()
    {
        await using var reads = new SqlReads(_dataSource, 1);
        SqlSession before = await Hold(reads, Task.CompletedTask);
        await Assert.ThrowsAsync<FormatException>(() => Hold(reads, Task.FromException(new FormatException())));

        Assert.NotSame(before, await Hold(reads, Task.CompletedTask));
    }

    [Fact]
    public async Task Disposing_waits_for_reads_and_takes_no_more()
    {
        var reads = new SqlReads(_dataSource, 1);
        var release = new TaskCompletionSource();
        Task<SqlSession> first = Hold(reads, release.Task);
        Task<SqlSession> second = Hold(reads, Task.CompletedTask);

        Task disposal = reads.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Hold(reads, Task.CompletedTask));
        Assert.False(disposal.IsCompleted);

        release.SetResult();
        await Task.WhenAll(first, second, disposal);
    }

    public void Dispose()
    {
        _dataSource.Dispose();
        _folder.Dispose();
    }

    private static Task<SqlSession> Hold(SqlReads reads, Task until) => reads.ReadAsync(
        until,
        static async (session, until, _) =>
        {
            await until;
            Assert.Equal(1L, session.Scalar(One));
            return session;
        },
        CancellationToken).AsTask();
}
