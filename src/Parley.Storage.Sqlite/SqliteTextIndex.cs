using System.Globalization;
using System.Text;
using Parley.Server.Storage.Sql;

namespace Parley.Storage.Sqlite;

/// <summary>Full-text search by FTS5, over a table of texts that it follows by triggers.</summary>
/// <remarks>
/// The texts are kept beside the stanzas because FTS5 forgets a document only when it is told every word of it. An owner stands in a column of its
/// own as the word <c>o</c> and his number: a message in two archives is indexed once. Each commit with new texts costs FTS5 a segment that it merges
/// with others later: so texts are indexed by the thousand, and a search has the last ones indexed first.
/// </remarks>
internal sealed class SqliteTextIndex : ISqlTextIndex
{
    // Indexed in about ten milliseconds.
    private const int MaxBehind = 2_000;

    private static readonly SqlAppend Texts = new(
        "archive_text",
        new("id", SqlColumnType.Number),
        new("owners", SqlColumnType.Text),
        new("body", SqlColumnType.Text));

    private static readonly SqlAppend New = new("archive_text_new", new SqlColumn("id", SqlColumnType.Number));

    private static readonly SqlStatement Count = new("SELECT COUNT(*) FROM archive_text_new");
    private static readonly SqlStatement AnyNew = new("SELECT 1 FROM archive_text_new LIMIT 1");
    private static readonly SqlStatement IndexNew = new("""
        INSERT INTO archive_search (rowid, owners, body)
            SELECT archive_text.id, owners, body FROM archive_text_new CROSS JOIN archive_text ON archive_text.id = archive_text_new.id
            ORDER BY archive_text_new.id
        """);
    private static readonly SqlStatement DeleteNew = new("DELETE FROM archive_text_new");

    private static readonly SqlStatement DeleteLast = new("""
        DELETE FROM archive_text WHERE owners = @owner_word
            AND id IN (SELECT id FROM archive WHERE owner = @owner AND id >= @from AND id <= @to)
        """);
    private static readonly SqlStatement DeleteOne = new("""
        UPDATE archive_text SET owners = replace(owners, @owner_word, '')
            WHERE id IN (SELECT id FROM archive WHERE owner = @owner AND id >= @from AND id <= @to) AND instr(owners, @owner_word) > 0
        """);

    public IReadOnlyList<string> Schema { get; } =
    [
        "CREATE TABLE archive_text (id INTEGER NOT NULL PRIMARY KEY, owners TEXT NOT NULL, body TEXT NOT NULL)",
        """
        CREATE VIRTUAL TABLE archive_search USING fts5
            (owners, body, content='archive_text', content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2')
        """,
        "CREATE TABLE archive_text_new (id INTEGER NOT NULL PRIMARY KEY)",
        """
        CREATE TRIGGER archive_text_removed AFTER DELETE ON archive_text
            WHEN NOT EXISTS (SELECT 1 FROM archive_text_new WHERE id = old.id) BEGIN
            INSERT INTO archive_search (archive_search, rowid, owners, body) VALUES ('delete', old.id, old.owners, old.body);
        END
        """,
        """
        CREATE TRIGGER archive_text_changed AFTER UPDATE ON archive_text
            WHEN NOT EXISTS (SELECT 1 FROM archive_text_new WHERE id = old.id) BEGIN
            INSERT INTO archive_search (archive_search, rowid, owners, body) VALUES ('delete', old.id, old.owners, old.body);
            INSERT INTO archive_search (rowid, owners, body) VALUES (new.id, new.owners, new.body);
        END
        """,
    ];

    // The order of a CROSS JOIN is kept: the index is asked first.
    public string Source => "archive_search CROSS JOIN archive";

    public string Id => "archive_search.rowid";

    public string Condition => "archive.owner = @owner AND archive_search MATCH @text AND archive.id = archive_search.rowid";

    public string SelectTexts => "SELECT id, owners, body FROM archive_text";

    public void Add(SqlSession session, long id, long owner, long? otherOwner, string text)
    {
        if (!session.Append(Texts, id, otherOwner is { } other ? Word(owner) + Word(other) : Word(owner), text))
            return;

        session.Append(New, id);
        Memory memory = session.Memory<Memory>();
        memory.Behind ??= (long)session.Scalar(Count)! - 1;
        if (++memory.Behind >= MaxBehind)
            CatchUp(session);
    }

    public bool IsBehind(SqlSession session) => session.Scalar(AnyNew) is not null;

    public void CatchUp(SqlSession session)
    {
        session.Execute(IndexNew);
        session.Execute(DeleteNew);
        session.Memory<Memory>().Behind = 0;
    }

    public void Remove(SqlSession session, long owner, long fromId, long toId)
    {
        string word = Word(owner);
        session.Execute(DeleteLast, word, owner, fromId, toId);
        session.Execute(DeleteOne, word, owner, fromId, toId);
    }

    // Words hold letters, digits and marks alone, so that in their quotes nothing of the query language is left.
    public string Query(long owner, IReadOnlyList<string> words)
    {
        var query = new StringBuilder().Append(CultureInfo.InvariantCulture, $"owners:\"o{owner}\"");
        foreach (string word in words)
            query.Append(CultureInfo.InvariantCulture, $" AND body:\"{word}\"");
        return query.ToString();
    }

    // The space behind keeps o1 from being found in o12.
    private static string Word(long owner) => string.Create(CultureInfo.InvariantCulture, $"o{owner} ");

    /// <summary>What the writer remembers of the texts.</summary>
    private sealed class Memory
    {
        /// <summary>How many are not indexed yet; null when it has not been asked.</summary>
        public long? Behind { get; set; }
    }
}
