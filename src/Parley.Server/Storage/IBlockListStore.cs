using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>The block lists of accounts (XEP-0191).</summary>
public interface IBlockListStore
{
    /// <summary>The blocked addresses, in the order in which they were added.</summary>
    ValueTask<IReadOnlyList<Jid>> LoadAsync(Jid account, CancellationToken cancellationToken);

    /// <summary>Adds addresses (those already there are passed over). Durable when the task completes.</summary>
    /// <exception cref="AccountNotFoundException">There is no such account.</exception>
    ValueTask AddAsync(Jid account, IReadOnlyList<Jid> blocked, CancellationToken cancellationToken);

    /// <summary>Removes addresses, or all when the list is empty. Durable when the task completes.</summary>
    ValueTask RemoveAsync(Jid account, IReadOnlyList<Jid> unblocked, CancellationToken cancellationToken);
}
