using Microsoft.Data.Sqlite;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;
using Xunit;

namespace Parley.Server.Tests.Storage;

public sealed class SqlMigratorTests : IDisposable
{
    private static readonly SqlMigration First = new(1, "first", static sql => [$"CREATE TABLE a (id {sql.IdentityKey})", "CREATE TABLE b (x BIGINT)"]);
    private static readonly SqlMigration Second = new(2, "second", static _ => ["INSERT INTO b (x) VALUES (1)"]);
    private static readonly SqlMigration Broken = new(2, "broken", static _ => ["INSERT INTO b (x) VALUES (1)", "INSERT INTO nowhere VALUES (1)"]);

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteDataSource _dataSource;

    public SqlMigratorTests() => _dataSource = new SqliteDataSource(new SqliteStorageOptions { Path = _folder.File("test.db") });

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_step_is_taken_once()
    {
        await Migrate(First);
        Assert.Equal(0L, Scalar("SELECT COUNT(*) FROM b"));
        await Migrate(First, Second);
        await Migrate(First, Second);

        Assert.Equal(1L, Scalar("SELECT COUNT(*) FROM b"));
        Assert.Equal("1 first, 2 second", Scalar("SELECT group_concat(version || ' ' || name, ', ') FROM schema_version ORDER BY version"));
    }

    [Fact]
    public async Task Several_may_migrate_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Migrate(First, Second))));

        Assert.Equal(1L, Scalar("SELECT COUNT(*) FROM b"));
    }

    [Fact]
    public async Task A_step_that_fails_leaves_the_one_before_it()
    {
        var exception = await Assert.ThrowsAsync<StorageException>(() => Migrate(First, Broken));

        Assert.Contains("2 (broken)", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1L, Scalar("SELECT MAX(version) FROM schema_version"));
        Assert.Equal(0L, Scalar("SELECT COUNT(*) FROM b"));
        await Migrate(First, Second);
        Assert.Equal(1L, Scalar("SELECT COUNT(*) FROM b"));
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_refused_and_left_alone()
    {
        await Migrate(First, Second);

        var exception = await Assert.ThrowsAsync<StorageException>(() => Migrate(First));

        Assert.Contains("schema version 2", exception.Message, StringComparison.Ordinal);
        Assert.Contains("up to 1", exception.Message, StringComparison.Ordinal);
        Assert.Equal(2L, Scalar("SELECT MAX(version) FROM schema_version"));
    }

    public void Dispose()
    {
        _dataSource.Dispose();
        _folder.Dispose();
    }

    private Task Migrate(params SqlMigration[] migrations) =>
        new SqlMigrator(_dataSource, SqliteDialect.Instance, migrations).MigrateAsync(CancellationToken).AsTask();

    private object? Scalar(string query)
    {
        using var connection = (SqliteConnection)_dataSource.OpenConnection();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }
}
