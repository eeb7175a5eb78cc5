namespace Parley.Server.Storage.Sql;

/// <summary>How a database finds archived messages by their words. It keeps one text for each message, with the numbers of the archives that hold it.</summary>
/// <remarks>A text that no archive holds any more is forgotten, in the index too.</remarks>
public interface ISqlTextIndex
{
    /// <summary>The statements that make its tables.</summary>
    IReadOnlyList<string> Schema { get; }

    /// <summary>What a search selects from: the index and the table <c>archive</c>.</summary>
    string Source { get; }

    /// <summary>The id of the message in <see cref="Source"/>, by which it is ordered most cheaply.</summary>
    string Id { get; }

    /// <summary>The condition for <c>archive</c>'s rows of <c>@owner</c> whose text has all the words of <c>@text</c>.</summary>
    string Condition { get; }

    /// <summary>A query for all texts that it keeps: the message's id, the numbers of the one or two archives that hold it somewhere in a text, and its own text or the words of that.</summary>
    string SelectTexts { get; }

    /// <summary>Keeps the text of a message that was appended just now; one that is there already stays. It may be found only after <see cref="CatchUp"/>.</summary>
    void Add(SqlSession session, long id, long owner, long? otherOwner, string text);

    /// <summary>Whether texts that were kept are not found yet.</summary>
    bool IsBehind(SqlSession session);

    /// <summary>Has all texts found that were kept.</summary>
    void CatchUp(SqlSession session);

    /// <summary>Forgets that an owner holds the texts of these messages, whose rows are still in his archive.</summary>
    void Remove(SqlSession session, long owner, long fromId, long toId);

    /// <summary>The value of <c>@text</c> for words in an owner's archive.</summary>
    string Query(long owner, IReadOnlyList<string> words);
}
