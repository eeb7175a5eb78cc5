using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryOfflineStore(InMemoryAccountRegistry accounts) : IOfflineStore
{
    public ValueTask<bool> AppendAsync(
        Jid account, long id, ReadOnlyMemory<byte> stanza, int limit, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromException<bool>(new AccountNotFoundException(account.Bare));
        lock (owner)
        {
            if (owner.OfflineMessages.Count >= limit)
                return ValueTask.FromResult(false);
            owner.OfflineMessages.TryAdd(id, new OfflineMessage(id, stanza));
            return ValueTask.FromResult(true);
        }
    }

    public ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(Jid account, long afterId, int count, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromResult<IReadOnlyList<OfflineMessage>>([]);
        lock (owner)
        {
            return ValueTask.FromResult<IReadOnlyList<OfflineMessage>>(
                [.. owner.OfflineMessages.Values.Where(message => message.Id > afterId).Take(count)]);
        }
    }

    public ValueTask DeleteAsync(Jid account, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.CompletedTask;
        lock (owner)
        {
            foreach (long id in ids)
                owner.OfflineMessages.Remove(id);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<int> CountAsync(Jid account, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromResult(0);
        lock (owner)
            return ValueTask.FromResult(owner.OfflineMessages.Count);
    }

    public ValueTask<long> HighestIdAsync(CancellationToken cancellationToken) => ValueTask.FromResult(accounts.Highest(static account => account.OfflineMessages.Keys));
}
