using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;

namespace Parley.Server.Storage;

/// <summary>The accounts of every hosted domain, by bare JID, with the keys that verify their passwords. No password is ever kept in clear.</summary>
/// <remarks>
/// Wherever a store of this namespace takes an account, its resource is passed over. Exceptions come with the task. A write whose task
/// fails with <see cref="StorageOverloadedException"/>, <see cref="AccountNotFoundException"/> or by cancellation changed nothing; after
/// another <see cref="StorageException"/> it is unknown whether it did.
/// </remarks>
public interface IAccountStore
{
    /// <summary>The stored credentials of an account, or null when there is no such account.</summary>
    ValueTask<StoredCredentials?> FindAsync(Jid account, CancellationToken cancellationToken);

    /// <summary>Whether the account exists.</summary>
    ValueTask<bool> ExistsAsync(Jid account, CancellationToken cancellationToken);

    /// <summary>Creates an account; returns false, and changes nothing, when it exists. Durable when the task completes.</summary>
    ValueTask<bool> CreateAsync(Jid account, StoredCredentials credentials, CancellationToken cancellationToken);

    /// <summary>Replaces an account's credentials; returns false when there is no such account. Durable when the task completes.</summary>
    ValueTask<bool> SetCredentialsAsync(Jid account, StoredCredentials credentials, CancellationToken cancellationToken);

    /// <summary>Removes an account and, in the same transaction, all that any store keeps under its bare JID; returns false when there is none. Durable when the task completes.</summary>
    ValueTask<bool> RemoveAsync(Jid account, CancellationToken cancellationToken);

    /// <summary>The accounts of one domain, or of all when null, in the order of the bytes of their addresses. One created or removed meanwhile may be in the list or not.</summary>
    IAsyncEnumerable<Jid> ListAsync(string? domain, CancellationToken cancellationToken);
}
