using System.Globalization;
using System.Text;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;

namespace Parley.Storage.PostgreSql;

/// <summary>Full-text search by a GIN index over the words of each message.</summary>
/// <remarks>
/// <para>The words are found and folded here, not by PostgreSQL's parser, which takes addresses and numbers with signs for one word: a search finds the same
/// as on other stores. An owner is one more word of the message, <c>#</c> and his number, which no text has: his search asks the index for him alone.</para>
/// <para>The words stand as a text with spaces between, of which the index makes a tsvector without positions.</para>
/// </remarks>
internal sealed class PostgreSqlTextIndex : ISqlTextIndex
{
    private const string Vector = "array_to_tsvector(string_to_array(owners || body, ' '))";

    // PostgreSQL's longest word has 2046 bytes; nobody types one that is cut.
    private const int MaxWordLength = 500;

    // A tsvector takes 1 MiB; a message is not searched for what comes behind this.
    private const int MaxLength = 250_000;

    // A word that no message has.
    private const string Nobody = "'#'";

    private static readonly SqlAppend Texts = new(
        "archive_text",
        new("id", SqlColumnType.Number),
        new("owners", SqlColumnType.Text),
        new("body", SqlColumnType.Text));

    private static readonly SqlStatement DeleteLast = new("""
        DELETE FROM archive_text WHERE owners = @owner_word
            AND id IN (SELECT id FROM archive WHERE owner = @owner AND id >= @from AND id <= @to)
        """);
    private static readonly SqlStatement DeleteOne = new("""
        UPDATE archive_text SET owners = replace(owners, @owner_word, '')
            WHERE id IN (SELECT id FROM archive WHERE owner = @owner AND id >= @from AND id <= @to) AND strpos(owners, @owner_word) > 0
        """);

    public IReadOnlyList<string> Schema { get; } =
    [
        "CREATE TABLE archive_text (id BIGINT NOT NULL PRIMARY KEY, owners TEXT COLLATE \"C\" NOT NULL, body TEXT COLLATE \"C\" NOT NULL)",
        $"CREATE INDEX archive_text_words ON archive_text USING gin ({Vector})",
    ];

    public string Source => "archive";

    public string Id => "archive.id";

    // As an array: the index is asked once, whatever the planner thinks of the rest.
    public string Condition => $"archive.owner = @owner AND archive.id = ANY (ARRAY(SELECT id FROM archive_text WHERE {Vector} @@ @text::tsquery))";

    public string SelectTexts => "SELECT id, owners, body FROM archive_text";

    public void Add(SqlSession session, long id, long owner, long? otherOwner, string text)
    {
        string words = Words(text);
        if (words.Length > 0)
            session.Append(Texts, id, otherOwner is { } other ? OwnerWord(owner) + OwnerWord(other) : OwnerWord(owner), words);
    }

    // What the index has not sorted in yet, it looks through.
    public bool IsBehind(SqlSession session) => false;

    public void CatchUp(SqlSession session)
    {
    }

    public void Remove(SqlSession session, long owner, long fromId, long toId)
    {
        string word = OwnerWord(owner);
        session.Execute(DeleteLast, word, owner, fromId, toId);
        session.Execute(DeleteOne, word, owner, fromId, toId);
    }

    // Words hold letters, digits and marks alone, so that in their quotes nothing of the query language is left.
    public string Query(long owner, IReadOnlyList<string> words)
    {
        string[] folded = [.. words.Select(Folded).Where(static word => word.Length > 0)];
        if (folded.Length == 0)
            return Nobody;

        var query = new StringBuilder().Append(CultureInfo.InvariantCulture, $"'#{owner}'");
        foreach (string word in folded)
            query.Append(CultureInfo.InvariantCulture, $" & '{word}'");
        return query.ToString();
    }

    private static string Words(string text)
    {
        if (Ascii.IsValid(text) && text.Length <= MaxWordLength)
            return AsciiWords(text);

        var words = new StringBuilder();
        foreach (string word in SearchWords.Of(text).Select(Folded).Where(static word => word.Length > 0).Distinct(StringComparer.Ordinal))
        {
            if (words.Length + word.Length >= MaxLength)
                break;
            if (words.Length > 0)
                words.Append(' ');
            words.Append(word);
        }

        return words.ToString();
    }

    /// <summary>The same for what most messages are: short, and with nothing to fold but case. A word may stand in it twice.</summary>
    private static string AsciiWords(string text)
    {
        Span<char> words = stackalloc char[MaxWordLength];
        int length = 0;
        bool inWord = false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c))
            {
                inWord = false;
                continue;
            }

            // Where a word begins there is room for its space: something else came before it.
            if (!inWord && length > 0)
                words[length++] = ' ';
            words[length++] = char.ToLowerInvariant(c);
            inWord = true;
        }

        return words[..length].ToString();
    }

    private static string Folded(string word)
    {
        string folded = SearchWords.Folded(word);
        return folded.Length <= MaxWordLength ? folded : folded[..(char.IsHighSurrogate(folded[MaxWordLength - 1]) ? MaxWordLength - 1 : MaxWordLength)];
    }

    // The space parts it from what follows.
    private static string OwnerWord(long owner) => string.Create(CultureInfo.InvariantCulture, $"#{owner} ");
}
