using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.PostgreSql;
using Xunit;

namespace Parley.Interop.Tests.Storage;

/// <summary>What an operator sees of the database, and other processes beside the server.</summary>
public sealed class PostgreSqlDatabaseTests : IAsyncLifetime
{
    private static readonly Jid Juliet = Jid.Parse("juliet@example.com");
    private static readonly StoredCredentials Credentials = new([new ScramKeys(ScramHash.Sha256, [1], 4096, [2], [3])]);

    private string _database = "";

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = (await PostgreSqlServer.SharedAsync()).CreateDatabase();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Several_may_migrate_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var services = await StartAsync();
        }));

        await using var one = await StartAsync();
        Assert.True(await one.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken));
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused()
    {
        await using (await StartAsync())
        {
        }

        await ExecuteAsync("INSERT INTO schema_version (version, name, applied_at) VALUES (9999, 'future', 0)");
        var exception = await Assert.ThrowsAsync<StorageException>(() => StartAsync());
        Assert.Contains("9999", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commits_wait_for_the_disk_whatever_the_database_says()
    {
        var name = new NpgsqlConnectionStringBuilder(_database).Database;
        await ExecuteAsync($"ALTER DATABASE {name} SET synchronous_commit = off");

        await using var dataSource = new PostgreSqlDataSource(new PostgreSqlStorageOptions { ConnectionString = _database });
        await using var connection = await dataSource.OpenConnectionAsync(CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SHOW synchronous_commit";
        Assert.Equal("on", await command.ExecuteScalarAsync(CancellationToken));
    }

    [Fact]
    public async Task Another_process_that_wrote_is_noticed_and_one_s_own_writes_are_not()
    {
        await using var server = await StartAsync();
        await using var command = await StartAsync();
        var (own, others) = (server.GetRequiredService<IAccountStore>(), command.GetRequiredService<IAccountStore>());
        var writes = server.GetRequiredService<IForeignWrites>();

        var version = await writes.VersionAsync(CancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => own.CreateAsync(Jid.Parse($"a{number}@example.com"), Credentials, CancellationToken).AsTask()));
        await own.ListAsync(null, CancellationToken).ToListAsync(CancellationToken);
        Assert.Equal(version, await writes.VersionAsync(CancellationToken));

        await others.RemoveAsync(Jid.Parse("a1@example.com"), CancellationToken);
        var removed = await writes.VersionAsync(CancellationToken);
        Assert.NotEqual(version, removed);
        Assert.Equal(removed, await writes.VersionAsync(CancellationToken));

        await others.RemoveAsync(Jid.Parse("a2@example.com"), CancellationToken);
        var again = await writes.VersionAsync(CancellationToken);
        Assert.NotEqual(removed, again);

        await ExecuteAsync("DELETE FROM account WHERE address = 'a3@example.com'");
        Assert.NotEqual(again, await writes.VersionAsync(CancellationToken));
    }

    [Fact]
    public async Task What_is_not_committed_yet_is_not_noticed_yet()
    {
        await using var server = await StartAsync();
        await server.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken);
        var writes = server.GetRequiredService<IForeignWrites>();
        var version = await writes.VersionAsync(CancellationToken);

        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync(CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken);
        await using var delete = new NpgsqlCommand("DELETE FROM account", connection, transaction);
        await delete.ExecuteNonQueryAsync(CancellationToken);
        Assert.Equal(version, await writes.VersionAsync(CancellationToken));

        await transaction.CommitAsync(CancellationToken);
        Assert.NotEqual(version, await writes.VersionAsync(CancellationToken));
    }

    [Fact]
    public async Task References_to_nothing_are_found()
    {
        await using var services = await StartAsync();
        await services.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken);
        Assert.Empty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));

        await ExecuteAsync("""
            SET session_replication_role = replica;
            INSERT INTO roster (account, version) VALUES ('ghost@example.com', 1), ('spectre@example.com', 1);
            INSERT INTO archive (owner, id, peer, groupchat, stanza) VALUES (77, 1, 'x', 0, '')
            """);

        Assert.Equal(
            ["2 rows of table roster refer to missing rows of table account.", "1 rows of table archive refer to missing rows of table archive_owner."],
            await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
    }

    [Fact]
    public async Task Addresses_are_in_the_order_of_their_bytes()
    {
        await using var services = await StartAsync();
        var accounts = services.GetRequiredService<IAccountStore>();
        string[] addresses = ["b-a@example.com", "ba@example.com", "b_c@example.com", "ä@example.com", "z@example.com"];
        foreach (var address in addresses)
        {
            await accounts.CreateAsync(Jid.Parse(address), Credentials, CancellationToken);
        }

        var listed = await accounts.ListAsync(null, CancellationToken).Select(static account => account.ToString()).ToListAsync(CancellationToken);
        Assert.Equal(addresses.Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public async Task Accounts_are_removed_while_all_lanes_write()
    {
        await using var services = await StartAsync();
        var (accounts, messages) = (services.GetRequiredService<IAccountStore>(), services.GetRequiredService<IOfflineStore>());
        var all = Enumerable.Range(0, 16).Select(static number => Jid.Parse($"a{number}@example.com")).ToArray();
        foreach (var account in all)
        {
            await accounts.CreateAsync(account, Credentials, CancellationToken);
        }

        await Task.WhenAll(Enumerable.Range(0, 2000).Select(number => number % 50 == 49
            ? accounts.RemoveAsync(all[number / 50 % 16], CancellationToken).AsTask()
            : IgnoringTheRemovedAsync(messages.AppendAsync(all[number % 16], number + 1, new byte[10], 1000, CancellationToken))));

        Assert.Empty(await accounts.ListAsync(null, CancellationToken).ToListAsync(CancellationToken));
        Assert.Empty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
    }

    [Fact]
    public async Task Archives_go_with_their_accounts_while_all_lanes_fill_them()
    {
        await using var services = await StartAsync();
        var (accounts, archives) = (services.GetRequiredService<IAccountStore>(), services.GetRequiredService<IArchiveStore>());
        var all = Enumerable.Range(0, 16).Select(static number => Jid.Parse($"a{number}@example.com")).ToArray();
        for (var round = 0; round < 3; round++)
        {
            foreach (var account in all)
            {
                await accounts.CreateAsync(account, Credentials, CancellationToken);
            }

            var first = 1 + (round * 1000);
            await Task.WhenAll(Enumerable.Range(first, 600).Select(number => number % 100 == 50
                ? accounts.RemoveAsync(all[number / 100 % 8], CancellationToken).AsTask()
                : AppendAsync(archives, number, all[number % 16], all[(number + 5) % 16])));
            foreach (var left in await accounts.ListAsync(null, CancellationToken).ToListAsync(CancellationToken))
            {
                // Whoever stayed, or was made anew, has an archive that takes messages.
                await AppendAsync(archives, first + 900, left, left);
                Assert.Contains(first + 900L, await archives.FindAsync(left, [first + 900L], CancellationToken));
            }

            Assert.Empty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
        }
    }

    [Fact]
    public async Task Archives_go_with_their_rooms_while_all_lanes_fill_them()
    {
        await using var services = await StartAsync();
        var (rooms, archives) = (services.GetRequiredService<IRoomStore>(), services.GetRequiredService<IArchiveStore>());
        await services.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, CancellationToken);
        var all = Enumerable.Range(0, 16).Select(static number => Jid.Parse($"r{number}@rooms.example.com")).ToArray();
        for (var round = 0; round < 3; round++)
        {
            foreach (var room in all)
            {
                await rooms.SaveAsync(new RoomRow(room, null, null, true, default), CancellationToken);
            }

            var first = 1 + (round * 1000);
            await Task.WhenAll(Enumerable.Range(first, 600).Select(number => (number % 100) switch
            {
                50 => rooms.RemoveAsync(all[number / 100 % 8], CancellationToken).AsTask(),
                70 => rooms.SetMembersAsync(all[15], [new RoomMember(Juliet, MucAffiliation.Owner, null, null)], CancellationToken).AsTask(),
                _ => AppendAsync(archives, number, all[number % 16], Juliet),
            }));
            foreach (var left in await rooms.ListAsync("rooms.example.com", RoomListQuery.All, new RoomListPage(100), CancellationToken))
            {
                await AppendAsync(archives, first + 900, left.Address, left.Address);
                Assert.Contains(first + 900L, await archives.FindAsync(left.Address, [first + 900L], CancellationToken));
            }

            Assert.Empty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("Host=")]
    [InlineData("Database=chat")]
    [InlineData("Host=a;Port=many")]
    [InlineData("Host=a;Password=one;two")]
    public async Task A_wrong_string_is_refused_and_not_repeated(string text)
    {
        await using var services = new ServiceCollection().AddPostgreSqlStorage(text).BuildServiceProvider();

        var exception = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<SqlStorage>());
        Assert.Equal(
            "The connection string of the PostgreSQL database takes a text such as Host=db.example.org;Username=parley;Database=parley.", exception.Message);
    }

    [Fact]
    public void A_password_is_in_nothing_that_is_shown()
    {
        const string Text = "Host=db.example.org;Port=6432;Username=parley;Password=hidden;Passfile=/etc/pass;Database=chat";

        Assert.Equal("PostgreSQL database chat at db.example.org:6432", PostgreSqlAddress.Describe(Text));
        Assert.Equal("Host=db.example.org;Port=6432;Username=parley;Database=chat", PostgreSqlAddress.WithoutSecrets(Text));
        using var dataSource = new PostgreSqlDataSource(new PostgreSqlStorageOptions { ConnectionString = Text });
        Assert.DoesNotContain("hidden", dataSource.ConnectionString, StringComparison.Ordinal);
    }

    private static Task AppendAsync(IArchiveStore archives, long id, Jid first, Jid second) => archives.AppendAsync(
        new ArchiveEntry(id, "<message/>"u8.ToArray(), null, "hello", false, new ArchivePlace(first, second), new ArchivePlace(second, first)), CancellationToken).AsTask();

    private static async Task IgnoringTheRemovedAsync(ValueTask<bool> append)
    {
        try
        {
            await append;
        }
        catch (AccountNotFoundException)
        {
            // It came too late.
        }
    }

    private async Task<ServiceProvider> StartAsync()
    {
        var services = new ServiceCollection()
            .AddPostgreSqlStorage(options => (options.ConnectionString, options.WriteConnections) = (_database, 4))
            .BuildServiceProvider();
        try
        {
            await services.GetRequiredService<SqlStorage>().PrepareAsync(CancellationToken);
            return services;
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    private async Task ExecuteAsync(string text)
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        await connection.OpenAsync(CancellationToken);
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(CancellationToken);
    }
}
