using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryArchiveStore(InMemoryAccountRegistry accounts, InMemoryRoomRegistry rooms) : IArchiveStore
{
    private const int MaxCounted = 10_000;

    public ValueTask AppendAsync(ArchiveEntry entry, CancellationToken cancellationToken)
    {
        HashSet<string>? words = entry.Text is { } text ? [.. SearchWords.Of(text).Select(SearchWords.Folded)] : null;
        var message = new ArchivedMessage(entry.Id, entry.Stanza);
        Append(entry.First);
        if (entry.Second is { } second)
            Append(second);
        return ValueTask.CompletedTask;

        void Append(ArchivePlace place)
        {
            _ = In(place.Owner, false, archive => archive.TryAdd(entry.Id, new InMemoryArchivedMessage(place.With, entry.MessageId, words, entry.IsGroupChat, message)));
        }
    }

    public ValueTask<ArchivePage> ReadAsync(ArchiveQuery query, ArchivePaging paging, CancellationToken cancellationToken) => ValueTask.FromResult(
        Counted(paging, In(query.Owner, new ArchivePage([], IsComplete: true, 0, null), archive => Read(archive, query, paging))));

    public ValueTask<IReadOnlySet<long>> FindAsync(Jid owner, IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlySet<long>>(In(owner, [], archive => ids.Where(archive.ContainsKey).ToHashSet()));

    public ValueTask<ArchiveBounds?> BoundsAsync(Jid owner, CancellationToken cancellationToken) => ValueTask.FromResult(
        In(owner, null, static archive => archive.Count == 0 ? default(ArchiveBounds?) : new ArchiveBounds(archive.Keys[0], archive.Keys[^1])));

    public ValueTask<ArchivedMessage?> FindByMessageIdAsync(Jid owner, Jid with, string messageId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(In(
            owner, null, archive => archive.Values.Reverse().FirstOrDefault(row => row.With.Bare == with.Bare && row.MessageId == messageId)?.Message));

    public ValueTask<bool> ReplaceAsync(Jid owner, long id, ReadOnlyMemory<byte> stanza, CancellationToken cancellationToken) =>
        ValueTask.FromResult(In(owner, false, archive =>
        {
            if (!archive.TryGetValue(id, out InMemoryArchivedMessage? row))
                return false;
            archive[id] = row with { Message = new ArchivedMessage(id, stanza), Words = null };
            return true;
        }));

    public ValueTask<int> RemoveOldAsync(string domain, long beforeId, int count, CancellationToken cancellationToken)
    {
        int removed = 0;
        foreach (Jid owner in Owners(domain))
            removed += In(owner, 0, archive => Remove(archive, archive.Keys.TakeWhile(id => id < beforeId).Take(count - removed)));
        return ValueTask.FromResult(removed);
    }

    public ValueTask<int> TrimAsync(Jid owner, long keep, int count, CancellationToken cancellationToken) => ValueTask.FromResult(
        In(owner, 0, archive => Remove(archive, archive.Keys.Take((int)Math.Clamp(archive.Count - keep, 0, count)))));

    public ValueTask<long> HighestIdAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(Addresses.Select(owner => In(owner, 0L, static archive => archive.Keys.LastOrDefault())).DefaultIfEmpty().Max());

    public ValueTask<IReadOnlyList<Jid>> OwnersAsync(string domain, Jid? after, int count, CancellationToken cancellationToken)
    {
        return ValueTask.FromResult<IReadOnlyList<Jid>>(
            [.. Owners(domain).SkipWhile(owner => after is not null && owner.Utf8.SequenceCompareTo(after.Bare.Utf8) <= 0).Take(count)]);
    }

    private static int Remove(SortedList<long, InMemoryArchivedMessage> archive, IEnumerable<long> ids)
    {
        long[] removed = [.. ids];
        foreach (long id in removed)
            archive.Remove(id);
        return removed.Length;
    }

    private static ArchivePage Read(SortedList<long, InMemoryArchivedMessage> archive, ArchiveQuery query, ArchivePaging paging)
    {
        string[]? sought = query.Text is { } text ? [.. SearchWords.Sought(text).Select(SearchWords.Folded)] : null;
        List<ArchivedMessage> found = [.. archive.Values.Where(row => row.Fits(query, sought)).Select(static row => row.Message)];
        bool isCounted = found.Count <= MaxCounted;
        long? count = isCounted ? found.Count : null;
        if (paging.Index > MaxCounted)
            return new ArchivePage([], IsComplete: isCounted, count, null);

        List<ArchivedMessage> left = [.. found
            .Where(message => !(message.Id <= paging.After) && !(message.Id >= paging.Before))
            .Skip(paging.FromEnd ? 0 : paging.Index ?? 0)];
        ArchivedMessage[] page = [.. paging.FromEnd ? left.SkipLast(paging.Index ?? 0).TakeLast(paging.Max) : left.Take(paging.Max)];
        return new ArchivePage(
            page,
            page.Length == left.Count,
            count,
            isCounted && page.Length > 0 ? found.IndexOf(page[0]) : null);
    }

    private static ArchivePage Counted(ArchivePaging paging, ArchivePage page) => paging.IsCounted ? page : page with { Count = null, FirstIndex = null };

    private IEnumerable<Jid> Addresses => accounts.Addresses.Concat(rooms.Addresses);

    private List<Jid> Owners(string domain)
    {
        List<Jid> owners = [.. Addresses.Where(address => address.Domain == domain && In(address, false, static archive => archive.Count > 0))];
        owners.Sort(static (left, right) => left.Utf8.SequenceCompareTo(right.Utf8));
        return owners;
    }

    private TResult In<TResult>(Jid owner, TResult none, Func<SortedList<long, InMemoryArchivedMessage>, TResult> use)
    {
        SortedList<long, InMemoryArchivedMessage>? archive = accounts.TryGet(owner, out InMemoryAccount? account) ? account.Archive
            : rooms.TryGet(owner, out InMemoryRoom? room) ? room.Archive
            : null;
        if (archive is null)
            return none;
        lock (archive)
            return use(archive);
    }
}
