using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>Something was to be kept for an account that does not exist, or no longer does; nothing was.</summary>
/// <remarks>Without this refusal a session that outlives its account could leave data for whoever registers the name next.</remarks>
public sealed class AccountNotFoundException(Jid account) : StorageException($"There is no account {account}.")
{
    public Jid Account { get; } = account;
}
