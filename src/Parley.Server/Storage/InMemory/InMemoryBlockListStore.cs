using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryBlockListStore(InMemoryAccountRegistry accounts) : IBlockListStore
{
    public ValueTask<IReadOnlyList<Jid>> LoadAsync(Jid account, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromResult<IReadOnlyList<Jid>>([]);
        lock (owner)
            return ValueTask.FromResult<IReadOnlyList<Jid>>([.. owner.Blocked]);
    }

    public ValueTask AddAsync(Jid account, IReadOnlyList<Jid> blocked, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromException(new AccountNotFoundException(account.Bare));
        lock (owner)
            owner.Blocked.AddRange(blocked.Except(owner.Blocked).ToArray());
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(Jid account, IReadOnlyList<Jid> unblocked, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.CompletedTask;
        lock (owner)
            owner.Blocked.RemoveAll(address => unblocked.Count == 0 || unblocked.Contains(address));
        return ValueTask.CompletedTask;
    }
}
