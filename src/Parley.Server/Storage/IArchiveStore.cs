using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>Archives of messages (XEP-0313), each the property of one bare JID: an account, or a room of <see cref="IRoomStore"/>.</summary>
/// <remarks>A read sees every append and replacement that was called for before it, committed or not yet: it waits for them. Old messages are removed by steps, and gone when the task completes.</remarks>
public interface IArchiveStore
{
    /// <summary>Keeps a message in the archives of its one or two owners, all or none. Durable when the task completes.</summary>
    /// <remarks>An owner that is neither an account nor a room any more is passed over. To append the same id to the same archive again changes nothing.</remarks>
    /// <exception cref="StorageOverloadedException">Nothing was kept; too much waits.</exception>
    /// <exception cref="StorageException">The transaction failed.</exception>
    ValueTask AppendAsync(ArchiveEntry entry, CancellationToken cancellationToken);

    /// <summary>A page of an archive, oldest message first, whichever way it was asked for.</summary>
    ValueTask<ArchivePage> ReadAsync(ArchiveQuery query, ArchivePaging paging, CancellationToken cancellationToken);

    /// <summary>Which of these ids an archive holds.</summary>
    ValueTask<IReadOnlySet<long>> FindAsync(Jid owner, IReadOnlyCollection<long> ids, CancellationToken cancellationToken);

    /// <summary>The first and the last message's ids; null when the archive is empty.</summary>
    ValueTask<ArchiveBounds?> BoundsAsync(Jid owner, CancellationToken cancellationToken);

    /// <summary>The newest message that was exchanged with a bare JID and whose envelope has this id attribute, among the newest 10,000 with that address; null when there is none (XEP-0424 §3).</summary>
    ValueTask<ArchivedMessage?> FindByMessageIdAsync(Jid owner, Jid with, string messageId, CancellationToken cancellationToken);

    /// <summary>Puts another stanza, without searchable text, in a message's place; false when the archive holds none of that id. Durable when the task completes (XEP-0424 §5, tombstones).</summary>
    ValueTask<bool> ReplaceAsync(Jid owner, long id, ReadOnlyMemory<byte> stanza, CancellationToken cancellationToken);

    /// <summary>Removes up to <paramref name="count"/> messages with an id below <paramref name="beforeId"/> from the archives of a domain's accounts or rooms, the oldest of each archive first; returns how many, fewer only when no more are left. Durable when the task completes.</summary>
    /// <remarks>Done in small transactions: what was removed before a failure stays removed.</remarks>
    ValueTask<int> RemoveOldAsync(string domain, long beforeId, int count, CancellationToken cancellationToken);

    /// <summary>Removes up to <paramref name="count"/> of the oldest messages of one archive, beyond the newest <paramref name="keep"/>; returns how many. Durable when the task completes.</summary>
    ValueTask<int> TrimAsync(Jid owner, long keep, int count, CancellationToken cancellationToken);

    /// <summary>The highest id in any archive; 0 when all are empty. For <see cref="ArchiveId.Raise"/>.</summary>
    ValueTask<long> HighestIdAsync(CancellationToken cancellationToken);

    /// <summary>The owners of a domain's archives, in the order of their addresses, after <paramref name="after"/> (null for the first).</summary>
    ValueTask<IReadOnlyList<Jid>> OwnersAsync(string domain, Jid? after, int count, CancellationToken cancellationToken);
}

/// <summary>A message to keep.</summary>
/// <param name="Id">Rising in the order of acceptance, unique in the process and in each archive; <see cref="ArchiveId"/> makes it.</param>
/// <param name="Stanza">The whole message element, in jabber:client, with its from and to, without a stanza-id of this archive.</param>
/// <param name="MessageId">The id attribute of its envelope; null when it has none.</param>
/// <param name="Text">What full-text search finds it by: the text of its bodies; null when it has none.</param>
/// <param name="IsGroupChat">Whether it came out of a room (include-groupchat).</param>
/// <param name="First">Whose archive it goes to.</param>
/// <param name="Second">The other archive that it goes to, where both ends are accounts of this server; null for none.</param>
public sealed record ArchiveEntry(
    long Id, ReadOnlyMemory<byte> Stanza, string? MessageId, string? Text, bool IsGroupChat, ArchivePlace First, ArchivePlace? Second)
{
    /// <summary>Whether it is not to outlive the process, as in the archive of a room that does not: nobody waits until it is durable, and a store need not hurry. Reads see it as any other.</summary>
    public bool IsFleeting { get; init; }
}

/// <summary>An archive, and the address that a message was exchanged with as its owner sees it.</summary>
/// <param name="Owner">The bare JID whose archive it is.</param>
/// <param name="With">The other end: bare or full, as it stands in the message.</param>
public readonly record struct ArchivePlace(Jid Owner, Jid With);

/// <summary>A message out of an archive.</summary>
public sealed record ArchivedMessage(long Id, ReadOnlyMemory<byte> Stanza);

/// <summary>Which messages of an archive are asked for; every condition that is set has to hold.</summary>
public sealed record ArchiveQuery(Jid Owner)
{
    /// <summary>The other end: a bare JID with any of its resources, a full one with that alone (XEP-0313 §4.1.1).</summary>
    public Jid? With { get; init; }

    /// <summary>Ids from here on, itself included.</summary>
    public long FromId { get; init; } = long.MinValue;

    /// <summary>Ids up to here, itself included.</summary>
    public long ToId { get; init; } = long.MaxValue;

    /// <summary>These ids alone; at most 1,000.</summary>
    public IReadOnlyCollection<long>? Ids { get; init; }

    /// <summary>Words that all have to be in the text (XEP-0431), whatever their case and diacritics; any string, none of whose characters means anything but itself. See <see cref="SearchWords"/>.</summary>
    public string? Text { get; init; }

    /// <summary>Whether messages out of rooms count.</summary>
    public bool IncludeGroupChat { get; init; } = true;
}

/// <summary>Which page of the result (XEP-0059): after an id, before an id, from an index, or else the first or the last.</summary>
public sealed record ArchivePaging(int Max)
{
    /// <summary>The page begins behind this id.</summary>
    public long? After { get; init; }

    /// <summary>The page ends before this id.</summary>
    public long? Before { get; init; }

    /// <summary>The page begins with the message of this number, the first being 0; beyond 10,000 the page is empty, and complete only where the result is shorter.</summary>
    public int? Index { get; init; }

    /// <summary>The page is the last of what is left by <see cref="After"/> and <see cref="Before"/>, not the first.</summary>
    public bool FromEnd { get; init; }

    /// <summary>Whether <see cref="ArchivePage.Count"/> and <see cref="ArchivePage.FirstIndex"/> are to be found out, which may cost more than the page; otherwise they are null.</summary>
    public bool IsCounted { get; init; } = true;
}

/// <summary>A page.</summary>
/// <param name="Messages">Oldest first.</param>
/// <param name="IsComplete">Whether nothing follows in the direction of paging.</param>
/// <param name="Count">How many messages the query finds in all; null when that takes looking at more than 10,000, or nobody wanted to know.</param>
/// <param name="FirstIndex">The number of the first message of the page among them, from 0; null when it was not counted or the page is empty.</param>
public sealed record ArchivePage(IReadOnlyList<ArchivedMessage> Messages, bool IsComplete, long? Count, long? FirstIndex);

/// <summary>The oldest and the newest id of an archive.</summary>
public readonly record struct ArchiveBounds(long First, long Last);
