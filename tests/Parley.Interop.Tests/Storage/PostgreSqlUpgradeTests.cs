using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.PostgreSql;
using Xunit;

namespace Parley.Interop.Tests.Storage;

/// <summary>What a database of an earlier program holds is there after the step to the newest schema.</summary>
public sealed class PostgreSqlUpgradeTests
{
    private const string Filled = """
        CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL);
        INSERT INTO schema_version (version, name, applied_at) VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0);
        INSERT INTO account (address, domain, credentials) VALUES ('juliet@example.com', 'example.com', '\x00'), ('romeo@example.net', 'example.net', '\x00');
        INSERT INTO archive_owner (address, domain) VALUES ('juliet@example.com', 'example.com');
        INSERT INTO archive (owner, id, peer, groupchat, stanza) VALUES (1, 5, 'romeo@example.net', 0, '\x61');
        INSERT INTO archive_text (id, owners, body) VALUES (5, '#1 ', 'light');
        """;

    private static readonly Jid Juliet = Jid.Parse("juliet@example.com");
    private static readonly Jid Romeo = Jid.Parse("romeo@example.net");
    private static readonly Jid Coven = Jid.Parse("coven@chat.example.com");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Archives_of_version_3_stay_with_their_accounts_and_rooms_get_theirs()
    {
        var database = (await PostgreSqlServer.SharedAsync()).CreateDatabase();
        using (var schema = new StreamReader(typeof(PostgreSqlUpgradeTests).Assembly.GetManifestResourceStream("version-3.sql")!))
        {
            await using var connection = new NpgsqlConnection(database + ";Pooling=false");
            await connection.OpenAsync(CancellationToken);
#pragma warning disable CA2100 // The texts are the test's own.
            await using var command = new NpgsqlCommand(await schema.ReadToEndAsync(CancellationToken) + Filled, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(CancellationToken);
        }

        await using var services = new ServiceCollection().AddPostgreSqlStorage(database).BuildServiceProvider();
        await services.GetRequiredService<SqlStorage>().PrepareAsync(CancellationToken);
        var archives = services.GetRequiredService<IArchiveStore>();
        Assert.Equal([5], (await archives.ReadAsync(new(Juliet) { Text = "Light" }, new(5), CancellationToken)).Messages.Select(static message => message.Id));

        var rooms = services.GetRequiredService<IRoomStore>();
        await rooms.SaveAsync(new RoomRow(Coven, null, null, true, default), CancellationToken);
        await archives.AppendAsync(new ArchiveEntry(7, new byte[] { 1 }, null, "light", true, new(Coven, Romeo), new(Romeo, Coven)), CancellationToken);
        Assert.Equal(new ArchiveBounds(7, 7), await archives.BoundsAsync(Coven, CancellationToken));
        Assert.Empty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));

        Assert.True(await services.GetRequiredService<IAccountStore>().RemoveAsync(Juliet, CancellationToken));
        Assert.True(await rooms.RemoveAsync(Coven, CancellationToken));
        Assert.Null(await archives.BoundsAsync(Juliet, CancellationToken));
        Assert.Equal(new ArchiveBounds(7, 7), await archives.BoundsAsync(Romeo, CancellationToken));
        Assert.Empty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
    }
}
