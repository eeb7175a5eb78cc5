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

    private readonly SqlAppend _rows = new(
        dialect.StagesArchives ? "archive_recent" : "archive",
        new("owner", SqlColumnType.Number),
        new("id", SqlColumnType.Number),
        new("peer", SqlColumnType.Text),
        new("resource", SqlColumnType.Text),
        new("message_hash", SqlColumnType.Number),
        new("groupchat", SqlColumnType.Number),
        new("stanza", SqlColumnType.Bytes));

    private readonly SqlStatement _first = new($"SELECT id FROM {dialect.Archives} WHERE owner = @owner ORDER BY id ASC LIMIT 1");
    private readonly SqlStatement _last = new($"SELECT id FROM {dialect.Archives} WHERE owner = @owner ORDER BY id DESC LIMIT 1");
    private static readonly SqlStatement Update = new("UPDATE archive SET stanza = @stanza WHERE owner = @owner AND id = @id");
    private static readonly SqlStatement StepEnd = new("""
        SELECT MAX(id) FROM (SELECT id FROM archive WHERE owner = @owner AND id <= @up_to ORDER BY id LIMIT @count) AS step
        """);
    private static readonly SqlStatement Delete = new("DELETE FROM archive WHERE owner = @owner AND id <= @up_to");
    private readonly SqlStatement _newestToGo = new($"SELECT id FROM {dialect.Archives} WHERE owner = @owner ORDER BY id DESC LIMIT 1 OFFSET @keep");
    private static readonly SqlStatement Owners = new(
        "SELECT address FROM archive_owner WHERE domain = @domain AND address > @after ORDER BY address LIMIT @count");
    private readonly SqlStatement _ownersOfOld = new($"""
        SELECT address FROM archive_owner WHERE domain = @domain AND address > @after
            AND (EXISTS (SELECT 1 FROM archive WHERE owner = archive_owner.id AND id <= @up_to){(dialect.StagesArchives
                ? " OR EXISTS (SELECT 1 FROM archive_recent WHERE owner = archive_owner.id AND id <= @up_to)"
                : "")})
        ORDER BY address LIMIT @count
        """);
    private static readonly SqlStatement Highest = new("""
        SELECT COALESCE(MAX(newest), 0) FROM
            (SELECT (SELECT MAX(id) FROM archive WHERE archive.owner = archive_owner.id) AS newest FROM archive_owner) AS each_owner
        """);
    private readonly SqlStatement _ofPeer = new(
        $"SELECT id, message_hash FROM {dialect.Archives} WHERE owner = @owner AND peer = @peer ORDER BY id DESC LIMIT @count");
    private readonly SqlStatement _stanza = new($"SELECT stanza FROM {dialect.Archives} WHERE owner = @owner AND id = @id");

    private readonly SqlArchivePages _pages = new(dialect);
    private readonly SqlStatement _find = new(
        $"SELECT id FROM {dialect.Archives} WHERE owner = @owner AND id IN {dialect.NumbersOfIds}");

    // Where the sweep of a domain goes on: the owners before have nothing old any more.
    private readonly ConcurrentDictionary<string, string> _swept = new(StringComparer.Ordinal);

    private ISqlTextIndex? TextIndex => dialect.TextIndex;

    public async ValueTask AppendAsync(ArchiveEntry entry, CancellationToken cancellationToken) => await writes.WriteAsync(
        entry.First.Owner,
        (this, entry),
        Append,
        SqlAccountOwner.RowBytes + entry.Stanza.Length + (2 * entry.Text?.Length ?? 0),
        cancellationToken,
        entry.IsFleeting);

    public async ValueTask<ArchivePage> ReadAsync(ArchiveQuery query, ArchivePaging paging, CancellationToken cancellationToken)
    {
        if (query.Text is not null)
            await CatchUpAsync(query.Owner, cancellationToken);
        return await ReadAsync((_pages, query, paging), static (session, asked, cancellation) => asked._pages.ReadAsync(session, asked.query, asked.paging, cancellation), cancellationToken);
    }

    public ValueTask<IReadOnlySet<long>> FindAsync(Jid owner, IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        ReadAsync((_find, owner, ids), FindAsync, cancellationToken);

    public ValueTask<ArchiveBounds?> BoundsAsync(Jid owner, CancellationToken cancellationToken) => ReadAsync((this, owner), BoundsAsync, cancellationToken);

    public ValueTask<ArchivedMessage?> FindByMessageIdAsync(Jid owner, Jid with, string messageId, CancellationToken cancellationToken) =>
        ReadAsync((this, owner, with, messageId), FindByMessageIdAsync, cancellationToken);

    public ValueTask<bool> ReplaceAsync(Jid owner, long id, ReadOnlyMemory<byte> stanza, CancellationToken cancellationToken) =>
        writes.WriteBehindAllAsync(owner, (this, owner, id, stanza), Replace, SqlAccountOwner.RowBytes + stanza.Length, cancellationToken);

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
                (Statement: _ownersOfOld, domain, after, upTo: beforeId - 1),
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
            (_newestToGo, owner, keep),
            static (session, asked, _) => ValueTask.FromResult(
                SqlArchiveOwners.Find(session, asked.owner) is { } owner ? session.Scalar(asked._newestToGo, owner, asked.keep) : null),
            cancellationToken);
        return last is long upTo ? await RemoveUpToAsync(owner, upTo, count, cancellationToken) : 0;
    }

    public async ValueTask<long> HighestIdAsync(CancellationToken cancellationToken) =>
        await ReadAsync(
            dialect.StagesArchives,
            static (session, isStaged, _) => ValueTask.FromResult(
                isStaged ? SqlArchiveStaging.HighestId(session) : Convert.ToInt64(session.Scalar(Highest))),
            cancellationToken);

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
        {
            Settle(session, number);
            index.Remove(session, number, long.MinValue, long.MaxValue);
        }
    }

    private static bool Append(SqlSession session, (SqlArchiveStore Store, ArchiveEntry Entry) write)
    {
        ArchiveEntry entry = write.Entry;
        SqlArchiveOwners owners = session.Memory<SqlArchiveOwners>();
        long? first = owners.NumberOf(session, entry.First.Owner);
        long? second = entry.Second is { } place ? owners.NumberOf(session, place.Owner) : null;
        long? hash = entry.MessageId is { } id ? MessageIdHash.Of(id) : null;

        bool isNew = first is { } number && write.Store.Append(session, number, entry, entry.First.With, hash);
        if (second is { } other && other != first)
            isNew |= write.Store.Append(session, other, entry, entry.Second!.Value.With, hash);
        if (isNew && !string.IsNullOrEmpty(entry.Text))
            write.Store.TextIndex?.Add(session, entry.Id, (first ?? second)!.Value, first is null || second == first ? null : second, entry.Text);
        return isNew;
    }

    private bool Append(SqlSession session, long owner, ArchiveEntry entry, Jid with, long? hash)
    {
        if (dialect.StagesArchives && SqlArchiveStaging.HasMoved(session, owner, entry.Id))
            return false;
        bool isNew = session.Append(_rows, owner, entry.Id, with.Key, with.Resource, hash, entry.IsGroupChat ? 1 : 0, entry.Stanza);
        if (isNew && dialect.StagesArchives)
            SqlArchiveStaging.Added(session);
        return isNew;
    }

    private static async ValueTask<IReadOnlySet<long>> FindAsync(
        SqlSession session, (SqlStatement Find, Jid Owner, IReadOnlyCollection<long> Ids) asked, CancellationToken cancellationToken)
    {
        var found = new HashSet<long>();
        if (SqlArchiveOwners.Find(session, asked.Owner) is not { } owner)
            return found;
        await using DbDataReader rows = await session.QueryAsync(asked.Find, cancellationToken, owner, SqlNumbers.Of(asked.Ids));
        while (await rows.ReadAsync(cancellationToken))
            found.Add(rows.GetInt64(0));
        return found;
    }

    private static ValueTask<ArchiveBounds?> BoundsAsync(SqlSession session, (SqlArchiveStore Store, Jid Owner) asked, CancellationToken cancellationToken) =>
        ValueTask.FromResult(
            SqlArchiveOwners.Find(session, asked.Owner) is { } owner
            && session.Scalar(asked.Store._first, owner) is long first
            && session.Scalar(asked.Store._last, owner) is long last
                ? new ArchiveBounds(first, last)
                : default(ArchiveBounds?));

    private static async ValueTask<ArchivedMessage?> FindByMessageIdAsync(
        SqlSession session, (SqlArchiveStore Store, Jid Owner, Jid With, string MessageId) asked, CancellationToken cancellationToken)
    {
        if (SqlArchiveOwners.Find(session, asked.Owner) is not { } owner)
            return null;

        long hash = MessageIdHash.Of(asked.MessageId);
        var candidates = new List<long>();
        await using (DbDataReader rows = await session.QueryAsync(asked.Store._ofPeer, cancellationToken, owner, asked.With.Key, (long)MaxSearchedByMessageId))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                if (!rows.IsDBNull(1) && rows.GetInt64(1) == hash)
                    candidates.Add(rows.GetInt64(0));
            }
        }

        foreach (long id in candidates)
        {
            if (session.Scalar(asked.Store._stanza, owner, id) is byte[] stanza && XmlElement.Parse(stanza).Attribute("id") == asked.MessageId)
                return new ArchivedMessage(id, stanza);
        }

        return null;
    }

    private static bool Replace(SqlSession session, (SqlArchiveStore Store, Jid Owner, long Id, ReadOnlyMemory<byte> Stanza) write)
    {
        if (SqlArchiveOwners.Find(session, write.Owner) is not { } owner)
            return false;
        write.Store.Settle(session, owner);
        write.Store.TextIndex?.Remove(session, owner, write.Id, write.Id);
        return session.Execute(Update, write.Stanza, owner, write.Id) == 1;
    }

    private static int RemoveStep(SqlSession session, (SqlArchiveStore Store, Jid Owner, long UpTo, int Count) write)
    {
        if (SqlArchiveOwners.Find(session, write.Owner) is not { } owner)
            return 0;

        write.Store.Settle(session, owner);
        long end;
        using (DbDataReader step = session.Query(StepEnd, owner, write.UpTo, (long)write.Count))
        {
            if (!step.Read() || step.IsDBNull(0))
                return 0;
            end = step.GetInt64(0);
        }

        write.Store.TextIndex?.Remove(session, owner, long.MinValue, end);
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
                owner, (this, owner, upTo, Math.Min(Step, count - removed)), RemoveStep, SqlAccountOwner.RowBytes, cancellationToken);
            if (step == 0)
                break;
            removed += step;
        }

        return removed;
    }

    private void Settle(SqlSession session, long owner)
    {
        if (dialect.StagesArchives)
            SqlArchiveStaging.Settle(session, owner);
    }

    // A search knows only what is in its place and in the index.
    private async ValueTask CatchUpAsync(Jid owner, CancellationToken cancellationToken)
    {
        bool isBehind = await ReadAsync(
            (dialect, owner),
            static (session, asked, _) => ValueTask.FromResult(
                asked.dialect.TextIndex?.IsBehind(session) == true
                || (asked.dialect.StagesArchives && SqlArchiveOwners.Find(session, asked.owner) is { } owner && SqlArchiveStaging.Has(session, owner))),
            cancellationToken);
        if (!isBehind)
            return;

        await writes.WriteBehindAllAsync(
            owner,
            (this, owner),
            static (session, write) =>
            {
                if (SqlArchiveOwners.Find(session, write.owner) is { } number)
                    write.Item1.Settle(session, number);
                write.Item1.TextIndex?.CatchUp(session);
                return true;
            },
            SqlAccountOwner.RowBytes,
            cancellationToken);
    }

    // A read sees every write that was called for before it.
    private async ValueTask<TResult> ReadAsync<TState, TResult>(
        TState arguments, Func<SqlSession, TState, CancellationToken, ValueTask<TResult>> read, CancellationToken cancellationToken)
    {
        await writes.SettledAsync(cancellationToken);
        return await reads.ReadAsync(arguments, read, cancellationToken);
    }
}
