using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;
using Xunit;

namespace Parley.Server.Tests.Storage;

/// <summary>What an operator sees of the database: its file, its contents after a stop, other processes beside the server.</summary>
public sealed class SqliteStorageFileTests : IDisposable
{
    private static readonly Jid Juliet = Jid.Parse("juliet@example.com");
    private static readonly StoredCredentials Credentials = new([new ScramKeys(ScramHash.Sha256, [1], 4096, [2], [3])]);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private string Path => System.IO.Path.Combine(_folder.Path, "data", "parley.db");

    [Fact]
    public async Task What_a_program_without_a_host_writes_is_there_for_the_next()
    {
        await using (ServiceProvider first = await Start())
            await first.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken);

        await using ServiceProvider second = await Start();
        Assert.Equal([Juliet], await second.GetRequiredService<IAccountStore>().ListAsync(null, CancellationToken).ToListAsync(CancellationToken));
    }

    [Fact]
    public async Task A_row_is_in_the_file_when_the_write_returns()
    {
        await using ServiceProvider services = await Start();
        await services.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken);
        await services.GetRequiredService<IOfflineStore>().AppendAsync(Juliet, 1, "<message/>"u8.ToArray(), 1, CancellationToken);

        // What a killed process leaves: the file and its log as they are at this moment.
        foreach (string file in Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!).Where(static file => !file.EndsWith("-shm", StringComparison.Ordinal)))
            File.Copy(file, _folder.File(System.IO.Path.GetFileName(file)));
        await using ServiceProvider survivor = await Start(_folder.File("parley.db"));

        Assert.Equal(1, await survivor.GetRequiredService<IOfflineStore>().CountAsync(Juliet, CancellationToken));
        Assert.Empty(await survivor.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
    }

    [Fact]
    public async Task Every_commit_is_synced()
    {
        await using var dataSource = new SqliteDataSource(new SqliteStorageOptions { Path = Path });
        await using var connection = (SqliteConnection)await dataSource.OpenConnectionAsync(CancellationToken);

        Assert.Equal("wal", Scalar(connection, "PRAGMA journal_mode"));
        Assert.Equal(2L, Scalar(connection, "PRAGMA synchronous"));
        Assert.Equal(1L, Scalar(connection, "PRAGMA foreign_keys"));
        Assert.Equal(10_000L, Scalar(connection, "PRAGMA busy_timeout"));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_may_read_the_files()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await using ServiceProvider services = await Start();
        await services.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken);

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(System.IO.Path.GetDirectoryName(Path)!));
        Assert.Equal(
            [Owner, Owner, Owner],
            new[] { Path, Path + "-wal", Path + "-shm" }.Select(static file => File.GetUnixFileMode(file)));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_database_that_others_could_read_is_closed_to_them()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await using (await Start())
        {
        }

        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await using ServiceProvider again = await Start();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public async Task A_write_waits_for_another_process_that_writes()
    {
        await using ServiceProvider server = await Start();
        await using ServiceProvider command = await Start();
        await using var dataSource = new SqliteDataSource(new SqliteStorageOptions { Path = Path });
        await using var other = (SqliteConnection)await dataSource.OpenConnectionAsync(CancellationToken);
        Task<bool>[] writes;
        await using (SqliteTransaction held = other.BeginTransaction())
        {
            writes =
            [
                server.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken).AsTask(),
                command.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken).AsTask(),
            ];

            // A reader does not wait.
            Assert.False(await server.GetRequiredService<IAccountStore>().ExistsAsync(Juliet, CancellationToken));
            Assert.All(writes, static write => Assert.False(write.IsCompleted));
            await held.CommitAsync(CancellationToken);
        }

        Assert.Single(await Task.WhenAll(writes), true);
    }

    [Fact]
    public async Task Two_programs_write_to_one_file()
    {
        await using ServiceProvider one = await Start();
        await using ServiceProvider two = await Start();
        await one.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken);

        long[] versions = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => (number % 2 == 0 ? one : two)
            .GetRequiredService<IRosterStore>()
            .SetAsync(
                Juliet,
                new RosterItem(Jid.Parse($"friend{number}@example.com"), null, Subscription.None, false, false, [], default, true, 0),
                CancellationToken).AsTask()));

        Assert.Equal(Enumerable.Range(1, 60).Select(static version => (long)version), versions.Order());
    }

    [Fact]
    public async Task A_reference_to_nothing_is_found()
    {
        await using ServiceProvider services = await Start();
        Assert.Empty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));

        await using (var connection = new SqliteConnection($"Data Source={Path};Pooling=False;Foreign Keys=False"))
        {
            connection.Open();
            Scalar(connection, "INSERT INTO roster (account, version) VALUES ('ghost@example.com', 1)");
        }

        string problem = Assert.Single(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
        Assert.Contains("roster", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public async Task A_damaged_file_is_found(int offset)
    {
        await using (await Start())
        {
        }

        using (FileStream file = File.OpenWrite(Path))
        {
            file.Position = offset;
            file.Write(new byte[8192].Select(static _ => (byte)0xA5).ToArray());
        }

        await using ServiceProvider services = Services(Path);
        Assert.NotEmpty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused()
    {
        await using (await Start())
        {
        }

        await using (var connection = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            connection.Open();
            Scalar(connection, "INSERT INTO schema_version (version, name, applied_at) VALUES (9999, 'future', 0)");
        }

        await using ServiceProvider services = Services(Path);
        var exception = await Assert.ThrowsAsync<StorageException>(
            () => services.GetRequiredService<SqlStorage>().PrepareAsync(CancellationToken).AsTask());
        Assert.Contains("9999", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_options_are_refused_with_their_reason()
    {
        await using ServiceProvider services = Services("");

        var exception = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<SqlStorage>());
        Assert.Contains("path", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static ServiceProvider Services(string path) => new ServiceCollection().AddSqliteStorage(path).BuildServiceProvider();

    private static object? Scalar(SqliteConnection connection, string query)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }

    private async Task<ServiceProvider> Start(string? path = null)
    {
        ServiceProvider services = Services(path ?? Path);
        await services.GetRequiredService<SqlStorage>().PrepareAsync(CancellationToken);
        return services;
    }
}
