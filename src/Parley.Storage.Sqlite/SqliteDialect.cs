using Parley.Server.Storage.Sql;

namespace Parley.Storage.Sqlite;

/// <summary>SQLite's words.</summary>
public static class SqliteDialect
{
    /// <summary>The words.</summary>
    /// <remarks>No lock to migrate: the driver begins transactions with BEGIN IMMEDIATE, and one at a time writes.</remarks>
    public static SqlDialect Instance { get; } = new()
    {
        IdentityKey = "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT",
        Text = "TEXT",
        Blob = "BLOB",
        Clustered = "WITHOUT ROWID",
        NumbersOfIds = "(SELECT value FROM json_each(@ids))",
        StagesArchives = true,

        // Without statistics an owner counts as ten rows, which a look through his archive would be cheapest for.
        ByPeer = "INDEXED BY archive_peer",
        TextIndex = new SqliteTextIndex(),
        RowAppender = static connection => new SqliteRowAppender(connection),
        LastIdentity = static table => $"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",
        SetLastIdentity = static (table, last) =>
            $"DELETE FROM sqlite_sequence WHERE name = '{table}'; INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {last})",
        TakeAlone = SqliteDataSource.TakeAloneAsync,
        ForeignWriteVersion = "PRAGMA data_version",
    };
}
