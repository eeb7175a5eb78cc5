using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;
using Xunit;

namespace Parley.Server.Tests.Storage;

/// <summary>What a database of an earlier program holds is there after the step to the newest schema.</summary>
public sealed class SqliteUpgradeTests : IDisposable
{
    // Owner 2 is gone: his number is not given again.
    private const string Filled = """
        CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL);
        INSERT INTO schema_version (version, name, applied_at) VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0);
        INSERT INTO account (address, domain, credentials) VALUES ('juliet@example.com', 'example.com', x'00'), ('romeo@example.net', 'example.net', x'00');
        INSERT INTO archive_owner (id, address, domain) VALUES (1, 'juliet@example.com', 'example.com'), (2, 'romeo@example.net', 'example.net');
        DELETE FROM archive_owner WHERE id = 2;
        INSERT INTO archive (owner, id, peer, groupchat, stanza) VALUES (1, 5, 'romeo@example.net', 0, x'61');
        INSERT INTO archive_recent (owner, id, peer, groupchat, stanza) VALUES (1, 6, 'romeo@example.net', 0, x'62');
        UPDATE archive_moved SET id = 5;
        INSERT INTO archive_text (id, owners, body) VALUES (5, 'o1 ', 'light');
        INSERT INTO archive_text_new (id) VALUES (5);
        """;

    private static readonly Jid Juliet = Jid.Parse("juliet@example.com");
    private static readonly Jid Romeo = Jid.Parse("romeo@example.net");
    private static readonly Jid Coven = Jid.Parse("coven@chat.example.com");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Archives_of_version_3_stay_with_their_accounts_and_rooms_get_theirs()
    {
        string file = _folder.File("parley.db");
        using (var schema = new StreamReader(typeof(SqliteUpgradeTests).Assembly.GetManifestResourceStream("version-3.sql")!))
            Execute(file, await schema.ReadToEndAsync(CancellationToken) + Filled);

        await using ServiceProvider services = new ServiceCollection().AddSqliteStorage(file).BuildServiceProvider();
        await services.GetRequiredService<SqlStorage>().PrepareAsync(CancellationToken);
        Assert.Empty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
        var archives = services.GetRequiredService<IArchiveStore>();
        Assert.Equal(new ArchiveBounds(5, 6), await archives.BoundsAsync(Juliet, CancellationToken));
        Assert.Equal([5], (await archives.ReadAsync(new(Juliet) { Text = "Light" }, new(5), CancellationToken)).Messages.Select(static message => message.Id));

        await services.GetRequiredService<IRoomStore>().SaveAsync(new RoomRow(Coven, null, null, true, default), CancellationToken);
        await archives.AppendAsync(new ArchiveEntry(7, new byte[] { 1 }, null, "light", true, new(Coven, Romeo), new(Romeo, Coven)), CancellationToken);
        Assert.Equal("1 juliet@example.com, 3 coven@chat.example.com, 4 romeo@example.net", Execute(file, "SELECT group_concat(id || ' ' || address, ', ') FROM (SELECT id, address FROM archive_owner ORDER BY id)"));

        Assert.True(await services.GetRequiredService<IAccountStore>().RemoveAsync(Juliet, CancellationToken));
        Assert.True(await services.GetRequiredService<IRoomStore>().RemoveAsync(Coven, CancellationToken));
        Assert.Null(await archives.BoundsAsync(Juliet, CancellationToken));
        Assert.Equal(new ArchiveBounds(7, 7), await archives.BoundsAsync(Romeo, CancellationToken));
        Assert.Equal("4 romeo@example.net", Execute(file, "SELECT group_concat(id || ' ' || address) FROM archive_owner"));
        Assert.Empty(await services.GetRequiredService<IStorageCheck>().CheckAsync(CancellationToken));
    }

    public void Dispose() => _folder.Dispose();

    private static object? Execute(string file, string script)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are the test's own.
        command.CommandText = script;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
