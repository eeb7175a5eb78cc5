using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>One message kept for an account with nobody to take it.</summary>
/// <param name="Id">Of an <see cref="ArchiveId"/>: rising in the order of arrival.</param>
/// <param name="Stanza">The whole message element, in jabber:client, with its from and to.</param>
public sealed record OfflineMessage(long Id, ReadOnlyMemory<byte> Stanza)
{
    /// <summary>When the server took it (XEP-0203), to the microsecond.</summary>
    public DateTimeOffset Stamp => ArchiveId.TimeOf(Id);
}

/// <summary>Messages for accounts without an available resource (XEP-0160).</summary>
public interface IOfflineStore
{
    /// <summary>Keeps a message; returns false, and keeps nothing, when the account already holds <paramref name="limit"/> messages. Durable when the task completes.</summary>
    /// <remarks>Messages that come at the same time may be kept in another order than that of their ids, which is the one in which they are read.</remarks>
    /// <exception cref="AccountNotFoundException">There is no such account.</exception>
    ValueTask<bool> AppendAsync(Jid account, long id, ReadOnlyMemory<byte> stanza, int limit, CancellationToken cancellationToken);

    /// <summary>Up to <paramref name="count"/> messages after <paramref name="afterId"/> (0 for the first), in the order of their ids.</summary>
    /// <remarks>All whose keeping was called for before are among them, committed.</remarks>
    ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(Jid account, long afterId, int count, CancellationToken cancellationToken);

    /// <summary>Forgets these messages of the account, at most 1,000. Durable when the task completes.</summary>
    /// <remarks>Each by its id: one with a lower id than those that were read may have come since.</remarks>
    ValueTask DeleteAsync(Jid account, IReadOnlyCollection<long> ids, CancellationToken cancellationToken);

    /// <summary>The highest id that is kept, of any account; 0 when there is none.</summary>
    ValueTask<long> HighestIdAsync(CancellationToken cancellationToken);

    /// <summary>How many messages the account holds.</summary>
    ValueTask<int> CountAsync(Jid account, CancellationToken cancellationToken);
}
