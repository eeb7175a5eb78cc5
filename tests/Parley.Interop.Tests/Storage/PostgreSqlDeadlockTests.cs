using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.PostgreSql;
using Xunit;

namespace Parley.Interop.Tests.Storage;

/// <summary>A transaction that PostgreSQL gives up for another's: its writes are not refused, but done when the other one is through.</summary>
public sealed class PostgreSqlDeadlockTests
{
    private static readonly Jid Juliet = Jid.Parse("juliet@example.com");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_that_wait_for_one_another_are_done_all_the_same()
    {
        var database = (await PostgreSqlServer.SharedAsync()).CreateDatabase();
        await using var services = new ServiceCollection().AddPostgreSqlStorage(database).BuildServiceProvider();
        await services.GetRequiredService<SqlStorage>().PrepareAsync(CancellationToken);
        await services.GetRequiredService<IAccountStore>().CreateAsync(
            Juliet, new StoredCredentials([new ScramKeys(ScramHash.Sha256, [1], 4096, [2], [3])]), CancellationToken);
        var documents = services.GetRequiredService<IAccountDocumentStore>();
        foreach (var name in new[] { "gate", "first", "second" })
        {
            await SetAsync(documents, name, 0);
        }

        await using var gate = await OpenAsync(database);
        await using var held = await gate.BeginTransactionAsync(CancellationToken);
        await UpdateAsync(gate, "gate");
        await using var other = await OpenAsync(database);
        await using var others = await other.BeginTransactionAsync(CancellationToken);
        await UpdateAsync(other, "second");

        // While the gate is held, the two become one batch.
        var closed = SetAsync(documents, "gate", 1);
        await WaitersAsync(gate);
        Task[] both = [.. new[] { "first", "second" }.Select(name => SetAsync(documents, name, 1))];
        await held.CommitAsync(CancellationToken);
        await closed;
        await WaitersAsync(gate);

        await using var next = await OpenAsync(database);
        await using var nexts = await next.BeginTransactionAsync(CancellationToken);
        var queued = UpdateAsync(next, "second");
        await WaitersAsync(gate, "other");

        // The others never look for deadlocks themselves: the server's transaction is the one that is given up.
        await UpdateAsync(other, "first");
        await others.CommitAsync(CancellationToken);
        await queued;

        // Now each write is a transaction of its own: the second one waits again, and holds nothing that its neighbour would wait for.
        await WaitersAsync(gate);
        await UpdateAsync(next, "first");
        await nexts.CommitAsync(CancellationToken);
        await Task.WhenAll(both);
        Assert.Equal([2], (await documents.GetAsync(Juliet, "kind", "first", CancellationToken))!.Value.ToArray());
        Assert.Equal([1], (await documents.GetAsync(Juliet, "kind", "second", CancellationToken))!.Value.ToArray());
    }

    private static Task<bool> SetAsync(IAccountDocumentStore documents, string name, byte content) =>
        documents.SetAsync(Juliet, "kind", name, new byte[] { content }, 10, CancellationToken).AsTask();

    private static async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = new NpgsqlConnection(database + ";Pooling=false;Application Name=other");
        await connection.OpenAsync(CancellationToken);
        await using var patient = new NpgsqlCommand("SET deadlock_timeout = '1h'", connection);
        await patient.ExecuteNonQueryAsync(CancellationToken);
        return connection;
    }

    private static async Task UpdateAsync(NpgsqlConnection connection, string name)
    {
        await using var update = new NpgsqlCommand("UPDATE account_document SET content = '\\x02' WHERE name = $1", connection) { Parameters = { new() { Value = name } } };
        await update.ExecuteNonQueryAsync(CancellationToken);
    }

    /// <summary>Asks until a statement of a program, the server's by default, waits for a lock.</summary>
    private static async Task WaitersAsync(NpgsqlConnection connection, string program = "parley")
    {
        await using var waiters = new NpgsqlCommand(
            "SELECT pg_stat_clear_snapshot(), COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = $1 AND datname = current_database()",
            connection);
        waiters.Parameters.Add(new() { Value = program });
        while (true)
        {
            await using var row = await waiters.ExecuteReaderAsync(CancellationToken);
            await row.ReadAsync(CancellationToken);
            if (row.GetInt64(1) > 0)
            {
                return;
            }
        }
    }
}
