using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.PostgreSql;
using Xunit;

namespace Parley.Interop.Tests.Storage;

/// <summary>A PostgreSQL that is not there, goes away, comes back, or hangs; not the one that other tests use meanwhile.</summary>
public sealed class PostgreSqlOutageTests(PostgreSqlOutageTests.OwnServer own) : IClassFixture<PostgreSqlOutageTests.OwnServer>, IDisposable
{
    private static readonly Jid Juliet = Jid.Parse("juliet@example.com");
    private static readonly StoredCredentials Credentials = new([new ScramKeys(ScramHash.Sha256, [1], 4096, [2], [3])]);

    private readonly PostgreSqlServer _server = own.Server;
    private readonly TestTime _time = new(60);
    private long _id = 1000;

    [Fact]
    public async Task Writes_fail_while_it_is_away_and_go_on_when_it_is_back()
    {
        await using var services = await StartAsync(_server.CreateDatabase());
        var (messages, accounts) = (services.GetRequiredService<IOfflineStore>(), services.GetRequiredService<IAccountStore>());
        await AppendAsync(messages, 1);

        _server.Stop();
        for (byte number = 2; number < 5; number++)
        {
            await Assert.ThrowsAsync<StorageException>(() => AppendAsync(messages, number));
            await Assert.ThrowsAsync<StorageException>(() => accounts.ExistsAsync(Juliet, _time.Token).AsTask());
        }

        _server.Start();
        await AppendAsync(messages, 5);
        var kept = await messages.ReadAsync(Juliet, 0, 10, _time.Token);
        Assert.Equal([1, 5], kept.Select(static message => message.Stanza.Span[0]));
    }

    [Fact]
    public async Task A_restart_between_two_writes_or_reads_is_not_noticed()
    {
        await using var services = await StartAsync(_server.CreateDatabase());
        var messages = services.GetRequiredService<IOfflineStore>();

        // All lanes and all connections that read are those of before.
        await Task.WhenAll(Enumerable.Range(0, 64).Select(number => services.GetRequiredService<ILastActivityStore>()
            .GetAsync(Jid.Parse($"a{number}@example.com"), _time.Token).AsTask()));
        await AppendAsync(messages, 1);
        _server.Stop();
        _server.Start();

        await Task.WhenAll(Enumerable.Range(2, 40).Select(number => AppendAsync(messages, (byte)number)));
        Assert.Equal(41, await messages.CountAsync(Juliet, _time.Token));
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_the_middle_of_a_batch_loses_nothing_that_was_acknowledged()
    {
        var database = _server.CreateDatabase();
        await using var services = await StartAsync(database);
        var messages = services.GetRequiredService<IOfflineStore>();
        await using var admin = new NpgsqlConnection(database + ";Application Name=admin");
        await admin.OpenAsync(_time.Token);

        var acknowledged = 0;
        for (var round = 0; round < 10; round++)
        {
            var writes = Enumerable.Range(0, 200).Select(_ => TryAppendAsync(messages)).ToArray();
            await using var cut = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'parley'", admin);
            await cut.ExecuteNonQueryAsync(_time.Token);
            acknowledged += (await Task.WhenAll(writes)).Count(static done => done);
        }

        Assert.InRange(await messages.CountAsync(Juliet, _time.Token), acknowledged, 2000);
    }

    [Fact]
    public async Task A_write_that_waits_too_long_fails_and_those_after_it_go_on()
    {
        var database = _server.CreateDatabase();
        await using var services = await StartAsync(database + ";Command Timeout=1");
        var messages = services.GetRequiredService<IOfflineStore>();
        await using var holder = new NpgsqlConnection(database);
        await holder.OpenAsync(_time.Token);
        await using (var held = await holder.BeginTransactionAsync(_time.Token))
        {
            await using var hold = new NpgsqlCommand("LOCK TABLE offline_message", holder, held);
            await hold.ExecuteNonQueryAsync(_time.Token);
            var writes = Enumerable.Range(0, 20).Select(_ => TryAppendAsync(messages)).ToArray();
            Assert.All(await Task.WhenAll(writes), Assert.False);
        }

        await AppendAsync(messages, 1);
        Assert.Equal(1, await messages.CountAsync(Juliet, _time.Token));
    }

    [Fact]
    public async Task Where_nobody_listens_the_start_says_where_and_what_to_do()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var exception = await Assert.ThrowsAsync<StorageException>(
            () => StartAsync($"Host=127.0.0.1;Port={port};Username=parley;Password=hidden;Database=chat"));

        Assert.Equal(
            $"PostgreSQL database chat at 127.0.0.1:{port}: it cannot be reached (Connection refused); see that PostgreSQL runs there and lets this machine in.",
            exception.Message);
    }

    [Fact]
    public async Task Where_nobody_answers_the_start_fails_in_time()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var exception = await Assert.ThrowsAsync<StorageException>(() => StartAsync($"Host=127.0.0.1;Port={port};Username=parley;Database=chat;Timeout=1"));

        Assert.Contains($"127.0.0.1:{port}: it cannot be reached (no answer in time)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_missing_is_told_with_how_to_make_it()
    {
        var missing = new NpgsqlConnectionStringBuilder(_server.CreateDatabase()) { Database = "nowhere" };

        var exception = await Assert.ThrowsAsync<StorageException>(() => StartAsync(missing.ConnectionString));

        Assert.Contains("database nowhere at 127.0.0.1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("createdb", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_in_another_encoding_is_refused()
    {
        var database = new NpgsqlConnectionStringBuilder(_server.CreateDatabase());
        await using (var admin = new NpgsqlConnection(database.ConnectionString))
        {
            await admin.OpenAsync(_time.Token);
            await using var create = new NpgsqlCommand("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", admin);
            await create.ExecuteNonQueryAsync(_time.Token);
        }

        database.Database = "latin";
        var exception = await Assert.ThrowsAsync<StorageException>(() => StartAsync(database.ConnectionString));

        Assert.Contains("its encoding is LATIN1", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _time.Dispose();

    private async Task<ServiceProvider> StartAsync(string connectionString)
    {
        var services = new ServiceCollection().AddPostgreSqlStorage(connectionString).BuildServiceProvider();
        try
        {
            await services.GetRequiredService<SqlStorage>().PrepareAsync(_time.Token);
            await services.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials, _time.Token);
            return services;
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    private async Task AppendAsync(IOfflineStore messages, byte number) =>
        Assert.True(await messages.AppendAsync(Juliet, number, new[] { number }, 10_000, _time.Token));

    private async Task<bool> TryAppendAsync(IOfflineStore messages)
    {
        try
        {
            return await messages.AppendAsync(Juliet, Interlocked.Increment(ref _id), new byte[1], 10_000, _time.Token);
        }
        catch (StorageException)
        {
            return false;
        }
    }

    /// <summary>A server for this class.</summary>
    public sealed class OwnServer : IDisposable
    {
        public PostgreSqlServer Server { get; } = new();

        public void Dispose() => Server.Dispose();
    }
}
