using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;

namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryAccountStore(InMemoryAccountRegistry accounts) : IAccountStore
{
    public ValueTask<StoredCredentials?> FindAsync(Jid account, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? found))
            return ValueTask.FromResult<StoredCredentials?>(null);
        lock (found)
            return ValueTask.FromResult<StoredCredentials?>(found.Credentials);
    }

    public ValueTask<bool> ExistsAsync(Jid account, CancellationToken cancellationToken) =>
        ValueTask.FromResult(accounts.TryGet(account, out _));

    public ValueTask<bool> CreateAsync(Jid account, StoredCredentials credentials, CancellationToken cancellationToken) =>
        ValueTask.FromResult(accounts.TryAdd(account, new InMemoryAccount(credentials)));

    public ValueTask<bool> SetCredentialsAsync(Jid account, StoredCredentials credentials, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? found))
            return ValueTask.FromResult(false);
        lock (found)
            found.Credentials = credentials;
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> RemoveAsync(Jid account, CancellationToken cancellationToken) => ValueTask.FromResult(accounts.Remove(account));

    public IAsyncEnumerable<Jid> ListAsync(string? domain, CancellationToken cancellationToken)
    {
        List<Jid> list = [.. accounts.Addresses.Where(address => domain is null || address.Domain == domain)];
        list.Sort(static (left, right) => left.Utf8.SequenceCompareTo(right.Utf8));
        return list.ToAsyncEnumerable();
    }
}
