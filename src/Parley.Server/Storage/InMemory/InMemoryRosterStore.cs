using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryRosterStore(InMemoryAccountRegistry accounts) : IRosterStore
{
    public ValueTask<(long Version, IReadOnlyList<RosterItem> Items)> LoadAsync(Jid account, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromResult<(long, IReadOnlyList<RosterItem>)>((0, []));
        lock (owner)
            return ValueTask.FromResult<(long, IReadOnlyList<RosterItem>)>((owner.RosterVersion, [.. owner.Roster.Values]));
    }

    public ValueTask<long> SetAsync(Jid account, RosterItem item, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.FromException<long>(new AccountNotFoundException(account.Bare));
        lock (owner)
        {
            long version = ++owner.RosterVersion;
            owner.Roster[item.Contact] = item with { Version = version };
            if (item.Subscription == Subscription.Remove)
                ForgetTombstones(owner.Roster);
            return ValueTask.FromResult(version);
        }
    }

    public ValueTask DeleteAsync(Jid account, Jid contact, CancellationToken cancellationToken)
    {
        if (!accounts.TryGet(account, out InMemoryAccount? owner))
            return ValueTask.CompletedTask;
        lock (owner)
            owner.Roster.Remove(contact);
        return ValueTask.CompletedTask;
    }

    private static void ForgetTombstones(Dictionary<Jid, RosterItem> roster)
    {
        RosterItem[] forgotten =
        [
            .. roster.Values
                .Where(static item => item.Subscription == Subscription.Remove)
                .OrderByDescending(static item => item.Version)
                .Skip(RosterTombstones.Kept),
        ];
        foreach (RosterItem item in forgotten)
            roster.Remove(item.Contact);
    }
}
