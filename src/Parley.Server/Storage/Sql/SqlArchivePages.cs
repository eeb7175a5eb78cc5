using System.Collections.Concurrent;
using System.Data.Common;

namespace Parley.Server.Storage.Sql;

/// <summary>Reads pages of archives.</summary>
/// <remarks>The page itself is found by index; counting looks at no more than 10,000 rows.</remarks>
internal sealed class SqlArchivePages(SqlDialect dialect)
{
    private const int MaxCounted = 10_000;

    // One for each combination of conditions: a few dozen at most.
    private readonly ConcurrentDictionary<(Conditions Conditions, bool FromEnd), SqlStatement> _pages = [];
    private readonly ConcurrentDictionary<Conditions, SqlStatement> _counts = [];

    [Flags]
    private enum Conditions
    {
        None = 0,
        Peer = 1,
        Resource = 2,
        NoGroupChat = 4,
        Ids = 8,
        Text = 16,
    }

    public async ValueTask<ArchivePage> ReadAsync(SqlSession session, ArchiveQuery query, ArchivePaging paging, CancellationToken cancellationToken)
    {
        if (SqlArchiveOwners.Find(session, query.Owner) is not { } owner || !TryUnderstand(query, out Conditions conditions, out IReadOnlyList<string> words))
            return new ArchivePage([], IsComplete: true, paging.IsCounted ? 0 : null, null);
        if (paging.Index > MaxCounted)
        {
            long? all = Count(session, query, owner, conditions, words, query.ToId);
            return new ArchivePage([], IsComplete: all is not null, paging.IsCounted ? all : null, null);
        }

        (bool isEmpty, long from, long to) = Range(query, paging);
        List<ArchivedMessage> messages = isEmpty ? [] : await RowsAsync(session, query, owner, conditions, words, paging, from, to, cancellationToken);
        bool isComplete = messages.Count <= paging.Max;
        if (!isComplete)
            messages.RemoveAt(messages.Count - 1);
        if (paging.FromEnd)
            messages.Reverse();

        if (!paging.IsCounted)
            return new ArchivePage(messages, isComplete, null, null);
        long? count = isComplete && !isEmpty && from == query.FromId && to == query.ToId && paging.Index is null or 0
            ? messages.Count
            : Count(session, query, owner, conditions, words, query.ToId);
        return new ArchivePage(messages, isComplete, count, FirstIndex());

        long? FirstIndex() =>
            messages.Count == 0 || count is not { } all ? null
            : paging.FromEnd && to == query.ToId ? all - messages.Count
            : !paging.FromEnd && from == query.FromId ? paging.Index ?? 0
            : Count(session, query, owner, conditions, words, messages[0].Id - 1);
    }

    private static (bool IsEmpty, long From, long To) Range(ArchiveQuery query, ArchivePaging paging)
    {
        bool isEmpty = paging.After == long.MaxValue || paging.Before == long.MinValue;
        long from = isEmpty || paging.After is not { } after ? query.FromId : Math.Max(query.FromId, after + 1);
        long to = isEmpty || paging.Before is not { } before ? query.ToId : Math.Min(query.ToId, before - 1);
        return (isEmpty, from, to);
    }

    private bool TryUnderstand(ArchiveQuery query, out Conditions conditions, out IReadOnlyList<string> words)
    {
        conditions = (query.With is null ? Conditions.None : Conditions.Peer)
            | (query.With is { IsFull: true } ? Conditions.Resource : Conditions.None)
            | (query.IncludeGroupChat ? Conditions.None : Conditions.NoGroupChat)
            | (query.Ids is null ? Conditions.None : Conditions.Ids)
            | (query.Text is null ? Conditions.None : Conditions.Text);
        words = query.Text is { } text ? SearchWords.Sought(text) : [];
        return query.Text is null || (words.Count > 0 && dialect.TextIndex is not null);
    }

    private async ValueTask<List<ArchivedMessage>> RowsAsync(
        SqlSession session,
        ArchiveQuery query,
        long owner,
        Conditions conditions,
        IReadOnlyList<string> words,
        ArchivePaging paging,
        long from,
        long to,
        CancellationToken cancellationToken)
    {
        SqlStatement statement = _pages.GetOrAdd((conditions, paging.FromEnd), static (key, pages) => pages.PageStatement(key.Conditions, key.FromEnd), this);
        object?[] values = [.. Values(query, owner, conditions, words, from, to), .. Filters(query, conditions), paging.Max + 1L, (long)(paging.Index ?? 0)];
        await using DbDataReader rows = await session.QueryAsync(statement, cancellationToken, values);
        var messages = new List<ArchivedMessage>(Math.Min(paging.Max, 256));
        while (await rows.ReadAsync(cancellationToken))
            messages.Add(new ArchivedMessage(rows.GetInt64(0), rows.GetFieldValue<byte[]>(1)));
        return messages;
    }

    /// <summary>How many messages up to an id the query finds; null when that takes looking at too many.</summary>
    private long? Count(SqlSession session, ArchiveQuery query, long owner, Conditions conditions, IReadOnlyList<string> words, long to)
    {
        SqlStatement statement = _counts.GetOrAdd(conditions, static (conditions, pages) => pages.CountStatement(conditions), this);
        object?[] values = [.. Filters(query, conditions), .. Values(query, owner, conditions, words, query.FromId, to), MaxCounted + 1L];
        using DbDataReader row = session.Query(statement, values);
        return row.Read() && row.GetInt64(0) is <= MaxCounted and var looked
            ? row.IsDBNull(1) ? looked : Convert.ToInt64(row.GetValue(1))
            : null;
    }

    private object?[] Values(ArchiveQuery query, long owner, Conditions conditions, IReadOnlyList<string> words, long from, long to)
    {
        var values = new List<object?>(6) { owner };
        if (conditions.HasFlag(Conditions.Text))
            values.Add(dialect.TextIndex!.Query(owner, words));
        if (conditions.HasFlag(Conditions.Peer))
            values.Add(query.With!.Key);
        values.Add(from);
        values.Add(to);
        if (conditions.HasFlag(Conditions.Ids))
            values.Add(SqlNumbers.Of(query.Ids!));
        return [.. values];
    }

    private static object?[] Filters(ArchiveQuery query, Conditions conditions) =>
        conditions.HasFlag(Conditions.Resource) ? [query.With!.Resource] : [];

    private SqlStatement PageStatement(Conditions conditions, bool fromEnd) => new(
        $"SELECT {Id(conditions)}, archive.stanza {Found(conditions)}{Filter(conditions, " AND ")} "
        + $"ORDER BY {Id(conditions)} {(fromEnd ? "DESC" : "ASC")} LIMIT @count OFFSET @index");

    // What no index knows is counted among the rows that were looked at.
    private SqlStatement CountStatement(Conditions conditions)
    {
        string filter = Filter(conditions, "");
        return new SqlStatement(filter.Length == 0
            ? $"SELECT COUNT(*), NULL FROM (SELECT 1 {Found(conditions)} LIMIT @count) AS found"
            : $"SELECT COUNT(*), SUM(fits) FROM (SELECT CASE WHEN {filter} THEN 1 ELSE 0 END AS fits {Found(conditions)} LIMIT @count) AS found");
    }

    private string Id(Conditions conditions) => conditions.HasFlag(Conditions.Text) ? dialect.TextIndex!.Id : "archive.id";

    private string Found(Conditions conditions)
    {
        // Few ids are worth more than the range that they lie in: a plus keeps the planner from looking through that.
        string id = conditions.HasFlag(Conditions.Ids) ? $"+{Id(conditions)}" : Id(conditions);
        bool isText = conditions.HasFlag(Conditions.Text);
        bool isPeer = conditions.HasFlag(Conditions.Peer);
        return (isText ? $"FROM {dialect.TextIndex!.Source} WHERE {dialect.TextIndex!.Condition}"
                : $"FROM {(isPeer ? dialect.ArchivesByPeer : dialect.Archives)} AS archive WHERE archive.owner = @owner")
            + (isPeer ? " AND archive.peer = @peer" : "")
            + $" AND {id} >= @from AND {id} <= @to"
            + (conditions.HasFlag(Conditions.Ids) ? $" AND archive.id IN {dialect.NumbersOfIds}" : "");
    }

    private static string Filter(Conditions conditions, string before) => string.Concat(
        conditions.HasFlag(Conditions.Resource) ? $"{before}archive.resource = @resource" : "",
        conditions.HasFlag(Conditions.NoGroupChat) ? $"{(conditions.HasFlag(Conditions.Resource) ? " AND " : before)}archive.groupchat = 0" : "");
}
