using System.Collections.Concurrent;
using System.Data.Common;
using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlArchiveStore(SqlReads reads, SqlWrites writes, SqlDialect dialect) : IArchiveStore
{
    private const int MaxSearchedByMessageId = 10_000;

    // A neighbour's write waits no longer than for so many rows.
    private const int Step = 256;
    private const int OwnersAtOnce = 16;

    private static readonly SqlAppend Rows = new(
        "archive",
        new("owner", SqlColumnType.Number),
        new("id", SqlColumnType.Number),
        new("peer", SqlColumnType.Text),
        new("resource", SqlColumnType.Text),
        new("message_hash", SqlColumnType.Number),
        new("groupchat", SqlColumnType.Number),
        new("stanza", SqlColumnType.Bytes));

    private static readonly SqlStatement Bounds = new("""
        SELECT (SELECT MIN(id) FROM archive WHERE owner = @owner), (SELECT MAX(id) FROM archive WHERE owner = @owner)
        """);
    private static readonly SqlStatement Update = new("UPDATE archive SET stanza = @stanza WHERE owner = @owner AND id = @id");
    private static readonly SqlStatement StepEnd = new("""
        SELECT MAX(id) FROM (SELECT id FROM archive WHERE owner = @owner AND id <= @up_to ORDER BY id LIMIT @count) AS step
        """);
    private static readonly SqlStatement Delete = new("DELETE FROM archive WHERE owner = @owner AND id <= @up_to");
    private static readonly SqlStatement NewestToGo = new("""
        SELECT id FROM archive WHERE owner = (SELECT id FROM archive_owner WHERE address = @address) ORDER BY id DESC LIMIT 1 OFFSET @keep
        """);
    private static readonly SqlStatement Owners = new(
        "SELECT address FROM archive_owner WHERE domain = @domain AND address > @after ORDER BY address LIMIT @count");
    private static readonly SqlStatement OwnersOfOld = new("""
        SELECT address FROM archive_owner WHERE domain = @domain AND address > @after
            AND EXISTS (SELECT 1 FROM archive WHERE archive.owner = archive_owner.id AND archive.id <= @up_to)
        ORDER BY address LIMIT @count
        """);
    private static readonly SqlStatement Highest = new("""
        SELECT COALESCE(MAX(newest), 0) FROM
            (SELECT (SELECT MAX(id) FROM archive WHERE archive.owner = archive_owner.id) AS newest FROM archive_owner) AS each_owner
        """);
    private static readonly SqlStatement OfMessageId = new("""
        SELECT id, message_hash FROM archive WHERE owner = @owner AND peer = @peer ORDER BY id DESC LIMIT @count
        """);
    private static readonly SqlStatement Stanza = new("SELECT stanza FROM archive WHERE owner = @owner AND id = @id");

    private readonly SqlArchivePages _pages = new(dialect);
    private readonly SqlStatement _find = new(
        $"SELECT id FROM archive WHERE owner = (SELECT id FROM archive_owner WHERE address = @address) AND id IN {dialect.NumbersOfIds}");

    // Where the sweep of a domain goes on: the owners before have nothing old any more.
    private readonly ConcurrentDictionary<string, string> _swept = new(StringComparer.Ordinal);

    public async ValueTask AppendAsync(ArchiveEntry entry, CancellationToken cancellationToken) => await writes.WriteAsync(
        entry.First.Owner,
        (entry, dialect.TextIndex),
        Append,
        SqlAccountOwner.RowBytes + entry.Stanza.Length + (2 * entry.Text?.Length ?? 0),
        cancellationToken);

    public ValueTask<ArchivePage> ReadAsync(ArchiveQuery query, ArchivePaging paging, CancellationToken cancellationToken) =>
        ReadAsync((_pages, query, paging), static (session, asked, cancellation) => asked._pages.ReadAsync(session, asked.query, asked.paging, cancellation), cancellationToken);

    public ValueTask<IReadOnlySet<long>> FindAsync(Jid owner, IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        ReadAsync((_find, owner, ids), FindAsync, cancellationToken);

    public ValueTask<ArchiveBounds?> BoundsAsync(Jid owner, CancellationToken cancellationToken) => ReadAsync(owner, BoundsAsync, cancellationToken);

    public ValueTask<ArchivedMessage?> FindByMessageIdAsync(Jid owner, Jid with, string messageId, CancellationToken cancellationToken) =>
        ReadAsync((owner, with, messageId), FindByMessageIdAsync, cancellationToken);

    public ValueTask<bool> ReplaceAsync(Jid owner, long id, ReadOnlyMemory<byte> stanza, CancellationToken cancellationToken) =>
        writes.WriteBehindAllAsync(owner, (owner, id, stanza, dialect.TextIndex), Replace, SqlAccountOwner.RowBytes + stanza.Length, cancellationToken);

    public async ValueTask<int> RemoveOldAsync(string domain, long beforeId, int count, CancellationToken cancellationToken)
    {
        if (beforeId == long.MinValue || count <= 0)
            return 0;

        int removed = 0;
        string after = _swept.GetValueOrDefault(domain, "");
        bool fromStart = after.Length == 0;
        while (removed < count)
        {
            List<string> owners = await ReadAsync(
                (Statement: OwnersOfOld, domain, after, upTo: beforeId - 1),
                static (session, from, cancellation) => ListAsync(session.QueryAsync(from.Statement, cancellation, from.domain, from.after, from.upTo, (long)OwnersAtOnce), cancellation),
                cancellationToken);
            foreach (string owner in owners)
            {
                removed += await RemoveUpToAsync(Jid.Parse(owner), beforeId - 1, count - removed, cancellationToken);
                if (removed == count)
                    break;
                after = owner;
            }

            if (owners.Count == 0)
            {
                if (!fromStart)
                {
                    fromStart = true;
                    after = "";
                    continue;
                }

                _swept.TryRemove(domain, out _);
                return removed;
            }
        }

        _swept[domain] = after;
        return removed;
    }

    public async ValueTask<int> TrimAsync(Jid owner, long keep, int count, CancellationToken cancellationToken)
    {
        object? last = await ReadAsync(
            (owner, keep), static (session, asked, _) => ValueTask.FromResult(session.Scalar(NewestToGo, asked.owner.Key, asked.keep)), cancellationToken);
        return last is long upTo ? await RemoveUpToAsync(owner, upTo, count, cancellationToken) : 0;
    }

    public async ValueTask<long> HighestIdAsync(CancellationToken cancellationToken) =>
        await ReadAsync(0, static (session, _, _) => ValueTask.FromResult(Convert.ToInt64(session.Scalar(Highest))), cancellationToken);

    public async ValueTask<IReadOnlyList<Jid>> OwnersAsync(string domain, Jid? after, int count, CancellationToken cancellationToken)
    {
        List<string> owners = await ReadAsync(
            (domain, After: after?.Key ?? "", count),
            static (session, from, cancellation) => ListAsync(session.QueryAsync(Owners, cancellation, from.domain, from.After, (long)from.count), cancellation),
            cancellationToken);
        return [.. owners.Select(Jid.Parse)];
    }

    /// <summary>Takes the texts of a whole archive, whose rows go next, out of the index.</summary>
    internal void RemoveText(SqlSession session, Jid owner)
    {
        if (dialect.TextIndex is { } index && SqlArchiveOwners.Find(session, owner) is { } number)
            index.Remove(session, number, long.MinValue, long.MaxValue);
    }

    private static bool Append(SqlSession session, (ArchiveEntry Entry, ISqlTextIndex? Index) row)
    {
        ArchiveEntry entry = row.Entry;
        SqlArchiveOwners owners = session.Memory<SqlArchiveOwners>();
        long? first = owners.NumberOf(session, entry.First.Owner);
        long? second = entry.Second is { } place ? owners.NumberOf(session, place.Owner) : null;
        long? hash = entry.MessageId is { } id ? MessageIdHash.Of(id) : null;

        bool isNew = first is { } number && Append(session, number, entry, entry.First.With, hash);
        if (second is { } other && other != first)
            isNew |= Append(session, other, entry, entry.Second!.Value.With, hash);
        if (isNew && !string.IsNullOrEmpty(entry.Text))
            row.Index?.Add(session, entry.Id, (first ?? second)!.Value, first is null || second == first ? null : second, entry.Text);
        return isNew;
    }

    private static bool Append(SqlSession session, long owner, ArchiveEntry entry, Jid with, long? hash) => session.Append(
        Rows, owner, entry.Id, with.Key, with.Resource, hash, entry.IsGroupChat ? 1 : 0, entry.Stanza);

    private static async ValueTask<IReadOnlySet<long>> FindAsync(
        SqlSession session, (SqlStatement Find, Jid Owner, IReadOnlyCollection<long> Ids) asked, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = await session.QueryAsync(asked.Find, cancellationToken, asked.Owner.Key, SqlNumbers.Of(asked.Ids));
        var found = new HashSet<long>();
        while (await rows.ReadAsync(cancellationToken))
            found.Add(rows.GetInt64(0));
        return found;
    }

    private static async ValueTask<ArchiveBounds?> BoundsAsync(SqlSession session, Jid owner, CancellationToken cancellationToken)
    {
        if (SqlArchiveOwners.Find(session, owner) is not { } number)
            return null;
        await using DbDataReader rows = await session.QueryAsync(Bounds, cancellationToken, number);
        return await rows.ReadAsync(cancellationToken) && !rows.IsDBNull(0) ? new ArchiveBounds(rows.GetInt64(0), rows.GetInt64(1)) : null;
    }

    private static async ValueTask<ArchivedMessage?> FindByMessageIdAsync(
        SqlSession session, (Jid Owner, Jid With, string MessageId) asked, CancellationToken cancellationToken)
    {
        if (SqlArchiveOwners.Find(session, asked.Owner) is not { } owner)
            return null;

        long hash = MessageIdHash.Of(asked.MessageId);
        var candidates = new List<long>();
        await using (DbDataReader rows = await session.QueryAsync(OfMessageId, cancellationToken, owner, asked.With.Key, (long)MaxSearchedByMessageId))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                if (!rows.IsDBNull(1) && rows.GetInt64(1) == hash)
                    candidates.Add(rows.GetInt64(0));
            }
        }

        foreach (long id in candidates)
        {
            if (session.Scalar(Stanza, owner, id) is byte[] stanza && XmlElement.Parse(stanza).Attribute("id") == asked.MessageId)
                return new ArchivedMessage(id, stanza);
        }

        return null;
    }

    private static bool Replace(SqlSession session, (Jid Owner, long Id, ReadOnlyMemory<byte> Stanza, ISqlTextIndex? Index) row)
    {
        if (SqlArchiveOwners.Find(session, row.Owner) is not { } owner)
            return false;
        row.Index?.Remove(session, owner, row.Id, row.Id);
        return session.Execute(Update, row.Stanza, owner, row.Id) == 1;
    }

    private static int RemoveStep(SqlSession session, (Jid Owner, long UpTo, int Count, ISqlTextIndex? Index) row)
    {
        if (SqlArchiveOwners.Find(session, row.Owner) is not { } owner)
            return 0;

        long end;
        using (DbDataReader step = session.Query(StepEnd, owner, row.UpTo, (long)row.Count))
        {
            if (!step.Read() || step.IsDBNull(0))
                return 0;
            end = step.GetInt64(0);
        }

        row.Index?.Remove(session, owner, long.MinValue, end);
        return session.Execute(Delete, owner, end);
    }

    private static async ValueTask<List<string>> ListAsync(Task<DbDataReader> query, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = await query;
        var list = new List<string>();
        while (await rows.ReadAsync(cancellationToken))
            list.Add(rows.GetString(0));
        return list;
    }

    private async ValueTask<int> RemoveUpToAsync(Jid owner, long upTo, int count, CancellationToken cancellationToken)
    {
        int removed = 0;
        while (removed < count)
        {
            int step = await writes.WriteBehindAllAsync(
                owner, (owner, upTo, Math.Min(Step, count - removed), dialect.TextIndex), RemoveStep, SqlAccountOwner.RowBytes, cancellationToken);
            if (step == 0)
                break;
            removed += step;
        }

        return removed;
    }

    // A read sees every write that was called for before it.
    private async ValueTask<TResult> ReadAsync<TState, TResult>(
        TState arguments, Func<SqlSession, TState, CancellationToken, ValueTask<TResult>> read, CancellationToken cancellationToken)
    {
        await writes.SettledAsync(cancellationToken);
        return await reads.ReadAsync(arguments, read, cancellationToken);
    }
}
