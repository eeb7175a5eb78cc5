using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>One message kept for an account with nobody to take it.</summary>
/// <param name="Id">Rising in the order of arrival, unique in its store; never used again.</param>
/// <param name="Stamp">When the server took it (XEP-0203), kept to the microsecond.</param>
/// <param name="Stanza">The whole message element, in jabber:client, with its from and to.</param>
public sealed record OfflineMessage(long Id, DateTimeOffset Stamp, ReadOnlyMemory<byte> Stanza);

/// <summary>Messages for accounts without an available resource (XEP-0160).</summary>
public interface IOfflineStore
{
    /// <summary>Appends a message; returns false, and keeps nothing, when the account already holds <paramref name="limit"/> messages. Durable when the task completes.</summary>
    /// <exception cref="AccountNotFoundException">There is no such account.</exception>
    ValueTask<bool> AppendAsync(Jid account, DateTimeOffset stamp, ReadOnlyMemory<byte> stanza, int limit, CancellationToken cancellationToken);

    /// <summary>Up to <paramref name="count"/> messages after <paramref name="afterId"/> (0 for the first), in the order of arrival.</summary>
    ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(Jid account, long afterId, int count, CancellationToken cancellationToken);

    /// <summary>Forgets the account's messages up to and including <paramref name="upToId"/>. Durable when the task completes.</summary>
    ValueTask DeleteAsync(Jid account, long upToId, CancellationToken cancellationToken);

    /// <summary>How many messages the account holds.</summary>
    ValueTask<int> CountAsync(Jid account, CancellationToken cancellationToken);
}
