using System.Data.Common;

namespace Parley.Server.Storage.Sql;

/// <summary>Keeps new rows of all archives together, in the order in which they come, until there are enough to go to their places many at a time.</summary>
/// <remarks>
/// Each place that is written to costs a page of the database, in its log and in its file. With 400 who write to each other, rows that go to their
/// archives one by one cost 25 µs each; those that go there by the dozen, with all that came for the same owner, cost 11 µs.
/// Both tables together are the view <c>archive_all</c>.
/// </remarks>
internal static class SqlArchiveStaging
{
    // Ten to twenty megabytes; an owner among some hundreds has a hundred rows in them.
    private const int MaxStaged = 40_000;

    // What a write takes upon itself to move when there are more: some milliseconds.
    private const int Slice = 1_000;

    private const string Columns = "owner, id, peer, resource, message_hash, groupchat, stanza";
    private const string OfSlice = "(owner, id) > (@after_owner, @after_id) AND (owner, id) <= (@owner, @id)";

    private static readonly SqlStatement Count = new("SELECT COUNT(*) FROM archive_recent");
    private static readonly SqlStatement Moved = new("SELECT id FROM archive_moved");
    private static readonly SqlStatement SetMoved = new("UPDATE archive_moved SET id = @id WHERE id < @id");
    private static readonly SqlStatement SetFilled = new("UPDATE archive_moved SET id = (SELECT COALESCE(MAX(id), 0) FROM archive)");
    private static readonly SqlStatement IsThere = new("SELECT 1 FROM archive WHERE owner = @owner AND id = @id");
    private static readonly SqlStatement IsStaged = new("SELECT 1 FROM archive_recent WHERE owner = @owner LIMIT 1");
    private static readonly SqlStatement SliceEnd = new(
        "SELECT owner, id FROM archive_recent WHERE (owner, id) > (@owner, @id) ORDER BY owner, id LIMIT 1 OFFSET @count");
    private static readonly SqlStatement SliceHighest = new($"SELECT MAX(id) FROM archive_recent WHERE {OfSlice}");
    private static readonly SqlStatement MoveSlice = new(
        $"INSERT INTO archive ({Columns}) SELECT {Columns} FROM archive_recent WHERE {OfSlice} ORDER BY owner, id ON CONFLICT DO NOTHING");
    private static readonly SqlStatement DeleteSlice = new($"DELETE FROM archive_recent WHERE {OfSlice}");
    private static readonly SqlStatement Highest = new(
        "SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM archive_recent UNION ALL SELECT id FROM archive_moved) AS both_of_them");

    public static IReadOnlyList<string> Schema(SqlDialect sql) =>
    [
        $"""
        CREATE TABLE archive_recent (owner BIGINT NOT NULL, id BIGINT NOT NULL, peer {sql.Text} NOT NULL, resource {sql.Text},
            message_hash BIGINT, groupchat BIGINT NOT NULL, stanza {sql.Blob} NOT NULL,
            UNIQUE (owner, id), FOREIGN KEY (owner) REFERENCES archive_owner (id) ON DELETE CASCADE)
        """,
        $"CREATE VIEW archive_all AS {Both("archive")}",

        // No id of a row that has gone to its place is higher.
        "CREATE TABLE archive_moved (id BIGINT NOT NULL)",
        "INSERT INTO archive_moved (id) VALUES (0)",
    ];

    /// <summary>A query for the rows of both tables.</summary>
    /// <param name="archive">The table of those in their places, and how it is looked into.</param>
    public static string Both(string archive) => $"SELECT {Columns} FROM {archive} UNION ALL SELECT {Columns} FROM archive_recent";

    /// <summary>Notes that rows were put in their places from elsewhere.</summary>
    public static void Filled(SqlSession session) => session.Execute(SetFilled);

    /// <summary>Whether a row of this key has gone to its place already.</summary>
    public static bool HasMoved(SqlSession session, long owner, long id) =>
        id <= Remembered(session).Moved && session.Scalar(IsThere, owner, id) is not null;

    /// <summary>Whether some of an owner's rows are not in their place yet.</summary>
    public static bool Has(SqlSession session, long owner) => session.Scalar(IsStaged, owner) is not null;

    /// <summary>The highest id in any archive.</summary>
    public static long HighestId(SqlSession session) => Convert.ToInt64(session.Scalar(Highest));

    /// <summary>Notes that a row was added, and moves some when there are too many.</summary>
    public static void Added(SqlSession session)
    {
        Memory memory = Remembered(session);
        if (++memory.Staged <= MaxStaged)
            return;

        (long owner, long id) = EndOfSlice(session, memory);
        memory.Staged -= Move(session, memory.Owner, memory.Id, owner, id);

        // Past the last owner it begins again with the first.
        (memory.Owner, memory.Id) = owner == long.MaxValue ? (long.MinValue, long.MinValue) : (owner, id);
    }

    /// <summary>Moves all rows of an owner to their place.</summary>
    public static void Settle(SqlSession session, long owner)
    {
        if (Has(session, owner))
            Remembered(session).Staged -= Move(session, owner, long.MinValue, owner, long.MaxValue);
    }

    private static (long Owner, long Id) EndOfSlice(SqlSession session, Memory memory)
    {
        using DbDataReader row = session.Query(SliceEnd, memory.Owner, memory.Id, (long)Slice - 1);
        return row.Read() ? (row.GetInt64(0), row.GetInt64(1)) : (long.MaxValue, long.MaxValue);
    }

    private static int Move(SqlSession session, long afterOwner, long afterId, long owner, long id)
    {
        Memory memory = Remembered(session);
        if (session.Scalar(SliceHighest, afterOwner, afterId, owner, id) is long highest && highest > memory.Moved)
        {
            session.Execute(SetMoved, highest);
            memory.Moved = highest;
        }

        session.Execute(MoveSlice, afterOwner, afterId, owner, id);
        return session.Execute(DeleteSlice, afterOwner, afterId, owner, id);
    }

    private static Memory Remembered(SqlSession session)
    {
        Memory memory = session.Memory<Memory>();
        if (!memory.IsRead)
        {
            memory.IsRead = true;
            memory.Staged = Convert.ToInt64(session.Scalar(Count));
            memory.Moved = Convert.ToInt64(session.Scalar(Moved));
        }

        return memory;
    }

    /// <summary>What the writer remembers of its rows.</summary>
    private sealed class Memory
    {
        public bool IsRead { get; set; }

        public long Staged { get; set; }

        public long Moved { get; set; } = long.MaxValue;

        public long Owner { get; set; } = long.MinValue;

        public long Id { get; set; } = long.MinValue;
    }
}
