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
        Rebuild = Rebuild,
        SuspendReferences = "PRAGMA foreign_keys = OFF",
        RowAppender = static connection => new SqliteRowAppender(connection),
        LastIdentity = static table => $"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",
        SetLastIdentity = static (table, last) =>
            $"DELETE FROM sqlite_sequence WHERE name = '{table}'; INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {last})",
        TakeAlone = SqliteDataSource.TakeAloneAsync,
        ForeignWriteVersion = "PRAGMA data_version",
    };

    // As SQLite's makers say it is to be done; a number that was given once is not given again.
    private static IReadOnlyList<string> Rebuild(string table, string definition, IReadOnlyDictionary<string, string> columns) =>
    [
        $"CREATE TABLE {table}_rebuilt ({definition})",
        $"INSERT INTO {table}_rebuilt ({string.Join(", ", columns.Keys)}) SELECT {string.Join(", ", columns.Values)} FROM {table}",
        $"DELETE FROM sqlite_sequence WHERE name = '{table}_rebuilt'",
        $"INSERT INTO sqlite_sequence (name, seq) SELECT '{table}_rebuilt', seq FROM sqlite_sequence WHERE name = '{table}'",
        $"DROP TABLE {table}",
        $"ALTER TABLE {table}_rebuilt RENAME TO {table}",
    ];
}
