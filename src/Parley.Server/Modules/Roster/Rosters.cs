using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>The rosters of the local accounts: those in use are kept in memory as snapshots, changes are made one at a time per account.</summary>
/// <remarks>
/// Bounded: the rosters used since the last turn of the generations and those of the turn before are kept, up to 500,000 entries
/// a generation (an empty roster counts as one, as do 256 bytes of names, groups and requests). A snapshot enters a generation only while its account's lock is held, so that what is found there is the newest.
/// </remarks>
internal sealed class Rosters(IRosterStore store, RosterPushes pushes, SessionDirectory sessions) : IRosterQuery, IAccountVisibility, IStorageCache
{
    private const int MaxGeneration = 500_000;
    private readonly StripedLocks _locks = new();
    private readonly AccountCache<RosterSnapshot> _known = new(
        MaxGeneration, static (_, roster) => 1 + roster.Items.Count + ((roster.Size + roster.PendingBytes) / 256));

    /// <summary>The roster of a local account; an empty one when there is no such account.</summary>
    internal ValueTask<RosterSnapshot> GetAsync(Jid account, CancellationToken cancellationToken) =>
        _known.Find(account) is { } roster ? new(roster) : LockAndLoadAsync(account, cancellationToken);

    public async ValueTask<bool> IsVisibleAsync(Jid account, Jid viewer, CancellationToken cancellationToken) =>
        account.BareEquals(viewer) || (await GetAsync(account, cancellationToken)).IsSubscriber(viewer.Bare);

    public async ValueTask<RosterItem?> FindAsync(Jid account, Jid contact, CancellationToken cancellationToken) =>
        (await GetAsync(account, cancellationToken)).Find(contact.Bare) is { InRoster: true } item ? item : null;

    public async ValueTask<IReadOnlyList<RosterItem>> ContactsAsync(Jid account, CancellationToken cancellationToken) =>
        [.. (await GetAsync(account, cancellationToken)).Items.Where(static item => item.InRoster)];

    /// <summary>Changes the entry of one contact, durably, and tells the interested resources, in the order of the versions.</summary>
    /// <returns>Whether there was anything to change.</returns>
    internal async ValueTask<bool> ChangeAsync(Jid account, Jid contact, FlushSet flush, RosterEdit edit, CancellationToken cancellationToken)
    {
        using var held = await _locks.EnterAsync(account, cancellationToken);
        var before = _known.Now;
        var roster = await LoadAsync(account, cancellationToken);
        if (edit(roster, roster.Find(contact)) is not { } change)
        {
            return false;
        }

        var item = change.Item with { Version = await SetAsync(account, change.Item) };
        _known.Keep(account, roster.With(item), before);
        change.BeforePush?.Invoke();
        if (change.Push)
        {
            pushes.Send(account, item, flush);
        }

        return true;
    }

    /// <summary>Has an account that is being removed be without contacts from now on.</summary>
    internal async ValueTask EmptyAsync(Jid account, CancellationToken cancellationToken)
    {
        using var held = await _locks.EnterAsync(account, cancellationToken);
        _known.Set(account, RosterSnapshot.Empty);
    }

    /// <summary>Forgets what is in memory of an account that is gone.</summary>
    internal async ValueTask ForgetAsync(Jid account, CancellationToken cancellationToken)
    {
        using var held = await _locks.EnterAsync(account, cancellationToken);
        _known.Forget(account);
    }

    void IStorageCache.Forget() => _known.Forget();

    // A write is not cancelled: whether it was made would be unknown.
    private async ValueTask<long> SetAsync(Jid account, RosterItem item)
    {
        try
        {
            return await store.SetAsync(account, item, CancellationToken.None);
        }
        catch
        {
            _known.Forget(account);
            throw;
        }
    }

    private async ValueTask<RosterSnapshot> LockAndLoadAsync(Jid account, CancellationToken cancellationToken)
    {
        using var held = await _locks.EnterAsync(account, cancellationToken);
        return await LoadAsync(account, cancellationToken);
    }

    private async ValueTask<RosterSnapshot> LoadAsync(Jid account, CancellationToken cancellationToken)
    {
        if (_known.Find(account) is { } known)
        {
            return known;
        }

        var before = _known.Now;
        var (version, items) = await store.LoadAsync(account, cancellationToken);
        var roster = version == 0 && items.Count == 0 ? RosterSnapshot.Empty : new RosterSnapshot(version, items);

        // Anybody can ask about any number of names that no account has: those are not kept.
        if (!ReferenceEquals(roster, RosterSnapshot.Empty) || sessions.Find(account) is not null)
        {
            _known.Keep(account, roster, before);
        }

        return roster;
    }
}
