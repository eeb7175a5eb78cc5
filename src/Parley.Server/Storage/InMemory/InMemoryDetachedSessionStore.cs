namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryDetachedSessionStore(InMemoryAccountRegistry accounts) : IDetachedSessionStore
{
    private readonly Dictionary<string, (DetachedSession Session, InMemoryAccount Account)> _sessions = new(StringComparer.Ordinal);

    public ValueTask SaveAsync(IReadOnlyCollection<DetachedSession> sessions, CancellationToken cancellationToken)
    {
        lock (_sessions)
        {
            foreach (DetachedSession session in sessions)
            {
                if (accounts.TryGet(session.Jid, out InMemoryAccount? account))
                    _sessions[session.Id] = (session, account);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<DetachedSession>> TakeAllAsync(CancellationToken cancellationToken)
    {
        lock (_sessions)
        {
            // A session goes with its account, not with whoever registers the name next.
            DetachedSession[] taken = [.. _sessions.Values
                .Where(kept => accounts.TryGet(kept.Session.Jid, out InMemoryAccount? account) && ReferenceEquals(account, kept.Account))
                .Select(static kept => kept.Session)];
            _sessions.Clear();
            return ValueTask.FromResult<IReadOnlyList<DetachedSession>>(taken);
        }
    }
}
