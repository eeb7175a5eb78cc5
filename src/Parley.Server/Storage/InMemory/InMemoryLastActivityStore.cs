using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryLastActivityStore(InMemoryAccountRegistry accounts) : ILastActivityStore
{
    public ValueTask<LastActivity?> GetAsync(Jid account, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromResult<LastActivity?>(null);
        lock (owner)
            return ValueTask.FromResult(owner.LastActivity);
    }

    public ValueTask SetAsync(Jid account, LastActivity activity, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromException(new AccountNotFoundException(account.Bare));
        lock (owner)
            owner.LastActivity = activity;
        return ValueTask.CompletedTask;
    }
}
