using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryAccountDocumentStore(InMemoryAccountRegistry accounts) : IAccountDocumentStore
{
    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(Jid account, string kind, string key, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromResult<ReadOnlyMemory<byte>?>(null);
        lock (owner)
        {
            return ValueTask.FromResult(
                owner.Documents.TryGetValue((kind, key), out ReadOnlyMemory<byte> document) ? document : default(ReadOnlyMemory<byte>?));
        }
    }

    public ValueTask<bool> SetAsync(
        Jid account, string kind, string key, ReadOnlyMemory<byte>? document, int limit, CancellationToken cancellationToken)
    {
        if (document is not { } content)
        {
            Remove(account, kind, key);
            return ValueTask.FromResult(true);
        }

        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromException<bool>(new AccountNotFoundException(account.Bare));
        lock (owner)
        {
            if (owner.Documents.Keys.Count(name => name.Kind == kind && name.Key != key) >= limit)
                return ValueTask.FromResult(false);
            owner.Documents[(kind, key)] = content;
            return ValueTask.FromResult(true);
        }
    }

    private void Remove(Jid account, string kind, string key)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return;
        lock (owner)
            owner.Documents.Remove((kind, key));
    }
}
