using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Storage;

/// <summary>What is SQLite's own about archives: other processes, the staged rows, the text that leaves the file, a restart.</summary>
public sealed class SqliteArchiveTests : IDisposable
{
    private static readonly Jid Juliet = Jid.Parse("juliet@example.com");
    private static readonly Jid Romeo = Jid.Parse("romeo@example.com");
    private static readonly StoredCredentials Credentials = new([new ScramKeys(ScramHash.Sha256, [1], 4096, [2], [3])]);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private string Path => _folder.File("parley.db");

    [Fact]
    public async Task An_account_that_another_process_removed_and_made_again_gets_what_comes_after()
    {
        await using ServiceProvider server = await Start();
        await using ServiceProvider command = await Start();
        IArchiveStore archives = server.GetRequiredService<IArchiveStore>();
        await archives.AppendAsync(Entry(1, "former"), CancellationToken);

        await command.GetRequiredService<IAccountStore>().RemoveAsync(Juliet, CancellationToken);
        await archives.AppendAsync(Entry(2, "between"), CancellationToken);
        Assert.Empty(await Ids(archives, new(Juliet)));
        await command.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken);
        await Task.WhenAll(Enumerable.Range(3, 20).Select(id => archives.AppendAsync(Entry(id, "later"), CancellationToken).AsTask()));

        Assert.Equal(Enumerable.Range(3, 20).Select(static id => (long)id), await Ids(archives, new(Juliet)));
        Assert.Equal(22, (await Ids(archives, new(Romeo))).Length);
        await Finds([1L], archives, new(Romeo) { Text = "former" });
    }

    [Fact]
    public async Task A_batch_that_fails_leaves_nothing_and_no_number_that_means_another()
    {
        await using ServiceProvider server = await Start();
        IArchiveStore archives = server.GetRequiredService<IArchiveStore>();
        await using (var connection = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            connection.Open();
            Execute(connection, "CREATE TRIGGER refuse BEFORE INSERT ON archive_recent WHEN new.id = 13 BEGIN SELECT RAISE(ABORT, 'no'); END");
        }

        // The owners get their numbers in the batch that fails, and must get them again.
        Task[] appends = [.. new long[] { 13, 14, 13, 15 }.Select(id => archives.AppendAsync(Entry(id, "word"), CancellationToken).AsTask())];
        await Assert.ThrowsAsync<StorageException>(() => appends[0]);
        await Assert.ThrowsAsync<StorageException>(() => appends[2]);
        await appends[1];
        await appends[3];

        await Finds([14L, 15], archives, new(Juliet));
        await Finds([14L, 15], archives, new(Romeo) { Text = "word" });
    }

    [Fact]
    public async Task Rows_that_went_to_their_places_are_found_with_those_that_did_not()
    {
        await using ServiceProvider server = await Start();
        IArchiveStore archives = server.GetRequiredService<IArchiveStore>();
        const int Count = 25_000;
        for (int start = 0; start < Count; start += 1000)
            await Task.WhenAll(Enumerable.Range(start + 1, 1000).Select(id => archives.AppendAsync(Entry(id, id % 10_000 == 0 ? "rare" : null), CancellationToken).AsTask()));
        await archives.AppendAsync(Entry(3, "again"), CancellationToken);
        await using (var connection = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            connection.Open();
            Assert.InRange((long)Scalar(connection, "SELECT COUNT(*) FROM archive")!, 9_000, 2 * Count);
            Assert.InRange((long)Scalar(connection, "SELECT COUNT(*) FROM archive_recent")!, 1, 40_000);
            Assert.Equal(2L * Count, Scalar(connection, "SELECT COUNT(*) FROM archive_all"));
        }

        foreach (Jid owner in new[] { Juliet, Romeo })
        {
            Assert.Equal(new ArchiveBounds(1, Count), await archives.BoundsAsync(owner, CancellationToken));
            for (long after = 0; after < Count; after += 500)
            {
                ArchivePage page = await archives.ReadAsync(
                    new(owner) { With = owner == Juliet ? Romeo : Juliet }, new(500) { After = after }, CancellationToken);
                Assert.Equal(Enumerable.Range((int)after + 1, 500).Select(static id => (long)id), page.Messages.Select(static message => message.Id));
            }

            Assert.Equal(2, (await archives.ReadAsync(new(owner) { Text = "rare" }, new(10), CancellationToken)).Count);
        }

        Assert.Equal(Count, await archives.HighestIdAsync(CancellationToken));
        Assert.Equal(5, (await archives.FindByMessageIdAsync(Juliet, Romeo, $"m{Count - 5}", CancellationToken))?.Id - Count + 10);
        Assert.Equal(Count - 10, await archives.TrimAsync(Juliet, 10, int.MaxValue, CancellationToken));
        Assert.Equal(Count, (await Bounds(archives, Romeo)).Last);
        Assert.Empty(await server.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_text_that_nobody_keeps_leaves_the_index(bool isIndexed)
    {
        await using ServiceProvider server = await Start();
        IArchiveStore archives = server.GetRequiredService<IArchiveStore>();
        for (long id = 1; id <= 4; id++)
            await archives.AppendAsync(Entry(id, "confidential"), CancellationToken);
        if (isIndexed)
            Assert.Equal(4, (await Ids(archives, new(Juliet) { Text = "confidential" })).Length);

        await archives.ReplaceAsync(Juliet, 1, default, CancellationToken);
        await archives.ReplaceAsync(Romeo, 1, default, CancellationToken);
        await archives.RemoveOldAsync("example.com", 4, 100, CancellationToken);
        await server.GetRequiredService<IAccountStore>().RemoveAsync(Juliet, CancellationToken);
        await Finds([4L], archives, new(Romeo) { Text = "confidential" });
        await server.GetRequiredService<IAccountStore>().RemoveAsync(Romeo, CancellationToken);

        await using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        Execute(connection, "CREATE VIRTUAL TABLE temp.word USING fts5vocab('main', 'archive_search', 'row')");
        Execute(connection, "INSERT INTO archive_search (archive_search) VALUES ('integrity-check')");
        Assert.Equal(0L, Scalar(connection, "SELECT COUNT(*) FROM temp.word"));
        Assert.Equal(0L, Scalar(connection, "SELECT COUNT(*) FROM archive_text"));
        Assert.Equal(0L, Scalar(connection, "SELECT COUNT(*) FROM archive_all"));
    }

    [Fact]
    public async Task Ids_go_on_from_what_is_stored_when_the_clock_was_set_back()
    {
        var time = new FakeTime();
        long archived, offline;
        await using (ServiceProvider first = await Start(time))
        {
            ArchiveId ids = first.GetRequiredService<ArchiveId>();
            archived = ids.Next();
            await first.GetRequiredService<IArchiveStore>().AppendAsync(Entry(archived, null), CancellationToken);
        }

        var back = new EarlierTime(time, TimeSpan.FromDays(3));
        await using (ServiceProvider second = await Start(back))
        {
            offline = second.GetRequiredService<ArchiveId>().Next();
            Assert.True(offline > archived);
            await second.GetRequiredService<IOfflineStore>().AppendAsync(Juliet, offline, default, 10, CancellationToken);
        }

        await using ServiceProvider third = await Start(back);
        Assert.True(third.GetRequiredService<ArchiveId>().Next() > offline);
    }

    [Fact]
    public async Task Offline_messages_of_the_first_version_keep_their_time_and_order()
    {
        DateTimeOffset stamp = new(2024, 2, 29, 23, 59, 59, 123, 456, TimeSpan.Zero);
        await using (var dataSource = new SqliteDataSource(new SqliteStorageOptions { Path = Path }))
        {
            await new SqlMigrator(dataSource, SqliteDialect.Instance, [new(1, "the first version's tables, as far as they matter here", static _ =>
            [
                "CREATE TABLE account (address TEXT NOT NULL PRIMARY KEY, domain TEXT NOT NULL, credentials BLOB NOT NULL)",
                """
                CREATE TABLE offline_message (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, stamp BIGINT NOT NULL,
                    stanza BLOB NOT NULL, FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE)
                """,
            ])]).MigrateAsync(CancellationToken);
            await using var connection = (SqliteConnection)await dataSource.OpenConnectionAsync(CancellationToken);
            Execute(connection, "INSERT INTO account VALUES ('juliet@example.com', 'example.com', x'00')");
            long microseconds = (stamp - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            Execute(connection, $"INSERT INTO offline_message (account, stamp, stanza) VALUES ('juliet@example.com', {microseconds}, x'01'), ('juliet@example.com', {microseconds}, x'02')");
        }

        await using ServiceProvider server = await Start();
        IReadOnlyList<OfflineMessage> messages = await server.GetRequiredService<IOfflineStore>().ReadAsync(Juliet, 0, 10, CancellationToken);
        Assert.Equal([1, 2], messages.Select(static message => message.Stanza.Span[0]));
        Assert.All(messages, message => Assert.Equal(stamp, message.Stamp));
    }

    public void Dispose() => _folder.Dispose();

    private static ArchiveEntry Entry(long id, string? text) => new(
        id, Encoding.UTF8.GetBytes($"<message xmlns='jabber:client' id='m{id}'/>"), $"m{id}", text, false, new(Juliet, Romeo), new(Romeo, Juliet));

    private static async Task<long[]> Ids(IArchiveStore archives, ArchiveQuery query) =>
        [.. (await archives.ReadAsync(query, new(100), CancellationToken)).Messages.Select(static message => message.Id)];

    private static async Task Finds(long[] ids, IArchiveStore archives, ArchiveQuery query) => Assert.Equal(ids, await Ids(archives, query));

    private static async Task<ArchiveBounds> Bounds(IArchiveStore archives, Jid owner) => (await archives.BoundsAsync(owner, CancellationToken))!.Value;

    private static void Execute(SqliteConnection connection, string statement) => Scalar(connection, statement);

    private static object? Scalar(SqliteConnection connection, string query)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }

    private async Task<ServiceProvider> Start(TimeProvider? time = null)
    {
        ServiceProvider services = new ServiceCollection().AddSingleton(time ?? TimeProvider.System).AddSqliteStorage(Path).BuildServiceProvider();
        foreach (IHostedLifecycleService service in services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
            await service.StartingAsync(CancellationToken);
        await services.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken);
        await services.GetRequiredService<IAccountStore>().CreateAsync(Romeo, Credentials, CancellationToken);
        return services;
    }

    private sealed class EarlierTime(TimeProvider time, TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() - by;
    }
}
