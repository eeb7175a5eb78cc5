using System.Data.Common;

namespace Parley.Server.Storage.Sql;

/// <summary>The words in which databases differ.</summary>
/// <remarks>
/// What the supported ones (SQLite from 3.35, PostgreSQL) share is written out in the statements: <c>ON CONFLICT … DO UPDATE</c>,
/// <c>RETURNING</c>, <c>LIMIT</c>, and parameters named <c>@name</c>.
/// </remarks>
public sealed record SqlDialect
{
    /// <summary>The type and constraint of a primary key that the database numbers, rising and never used twice.</summary>
    public required string IdentityKey { get; init; }

    /// <summary>The type of a text that is compared and ordered by its bytes of UTF-8.</summary>
    public required string Text { get; init; }

    /// <summary>The type of a string of bytes.</summary>
    public required string Blob { get; init; }

    /// <summary>What follows a table's columns so that its rows lie in the order of the primary key; empty where nothing does.</summary>
    public string Clustered { get; init; } = "";

    /// <summary>A query in brackets for the numbers of the parameter <c>@ids</c>, a JSON array as a text.</summary>
    public required string NumbersOfIds { get; init; }

    /// <summary>What stands in an index for a column whose texts may be too long for it, by the column's name; null where an index takes them all.</summary>
    public Func<string, string>? IndexedText { get; init; }

    /// <summary>Whether new rows of archives are kept together before they go to their places (<see cref="SqlArchiveStaging"/>): for one writer, and tables clustered by their key.</summary>
    public bool StagesArchives { get; init; }

    /// <summary>What follows the name of the table <c>archive</c> for its rows to be looked for in the index <c>archive_peer</c>; empty where the database finds that by itself.</summary>
    public string ByPeer { get; init; } = "";

    /// <summary>The statements that make a column of a table, rows of which are added by the hundred, refer to the <c>id</c> of another, whose rows go with those of a third, where that is cheaper than a foreign key; null for a foreign key.</summary>
    public Func<string, string, string, string, IReadOnlyList<string>>? BulkReference { get; init; }

    /// <summary>The statements that make the rows of such a table, whose own parents have got another root, go with that too: the table, the column, the other root. Null for a foreign key.</summary>
    public Func<string, string, string, IReadOnlyList<string>>? BulkReferenceRoot { get; init; }

    /// <summary>The statements that give a table with an <see cref="IdentityKey"/> another definition where the database cannot change constraints; null where it can. The table, its new definition, and from what its columns are filled, by their names.</summary>
    /// <remarks>The rows that refer to the table stay as they are; its indexes are lost.</remarks>
    public Func<string, string, IReadOnlyDictionary<string, string>, IReadOnlyList<string>>? Rebuild { get; init; }

    /// <summary>A statement after which a connection that migrates may break references for a while, which <see cref="Rebuild"/> needs; null for none.</summary>
    public string? SuspendReferences { get; init; }

    /// <summary>How the database finds messages by their words; null as long as it cannot: then a search finds nothing.</summary>
    public ISqlTextIndex? TextIndex { get; init; }

    /// <summary>A statement that lets one process at a time migrate, run first in each migration's transaction, or null when beginning the transaction does.</summary>
    public string? MigrationLock { get; init; }

    /// <summary>How many transactions write at the same time, each in a lane of its own (<see cref="SqlWrites"/>); 1 by default, and where a database has one writer.</summary>
    public int WriteLanes { get; init; } = 1;

    /// <summary>Makes the driver's way of appending rows for a connection; null for an ordinary statement for each row.</summary>
    public Func<DbConnection, IRowAppender>? RowAppender { get; init; }

    /// <summary>What has to be done for <see cref="ForeignWriteVersion"/> to see changes of a table, by its name; null when nothing has.</summary>
    public Func<string, IReadOnlyList<string>>? WatchTable { get; init; }

    /// <summary>A query for the last number that the database gave to a table's <see cref="IdentityKey"/>, called <c>id</c>; it finds none or NULL when there was none.</summary>
    public required Func<string, string> LastIdentity { get; init; }

    /// <summary>A statement for an empty sequence of numbers after which they go on behind the given one.</summary>
    public required Func<string, long, string> SetLastIdentity { get; init; }

    /// <summary>Makes a connection the only one that uses the database, as long as it is open, or throws a <see cref="StorageException"/>; null where the database cannot. It is told whether the connection will write.</summary>
    public Func<DbConnection, bool, CancellationToken, ValueTask>? TakeAlone { get; init; }

    /// <summary>A query for a number that another one follows when another process has written, asked on a connection that writes, or null when the database has none.</summary>
    public string? ForeignWriteVersion { get; init; }

    /// <summary>A column of long texts as an index has it.</summary>
    internal string Indexed(string column) => IndexedText?.Invoke(column) ?? column;

    /// <summary>The table or view that archives are read from.</summary>
    internal string Archives => StagesArchives ? "archive_all" : "archive";

    /// <summary>The same, for what was exchanged with one address.</summary>
    internal string ArchivesByPeer => StagesArchives ? $"({SqlArchiveStaging.Both($"archive {ByPeer}")})" : "archive";
}
