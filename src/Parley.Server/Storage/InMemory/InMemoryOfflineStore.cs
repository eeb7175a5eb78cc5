using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryOfflineStore(InMemoryAccountRegistry accounts) : IOfflineStore
{
    private long _lastId;

    public ValueTask<bool> AppendAsync(
        Jid account, DateTimeOffset stamp, ReadOnlyMemory<byte> stanza, int limit, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromException<bool>(new AccountNotFoundException(account.Bare));
        lock (owner)
        {
            if (owner.OfflineMessages.Count >= limit)
                return ValueTask.FromResult(false);
            owner.OfflineMessages.Add(new OfflineMessage(Interlocked.Increment(ref _lastId), stamp, stanza));
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
                [.. owner.OfflineMessages.Where(message => message.Id > afterId).Take(count)]);
        }
    }

    public ValueTask DeleteAsync(Jid account, long upToId, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.CompletedTask;
        lock (owner)
            owner.OfflineMessages.RemoveAll(message => message.Id <= upToId);
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> CountAsync(Jid account, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromResult(0);
        lock (owner)
            return ValueTask.FromResult(owner.OfflineMessages.Count);
    }
}
