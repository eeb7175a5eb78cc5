using Parley.Protocol.Addressing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Blocking;

/// <summary>The block lists of the accounts, those in use kept in memory: to ask for one mostly costs one look into a dictionary.</summary>
/// <remarks>
/// Bounded: the lists used since the last turn of the generations and those of the turn before are kept, 2 × 50,000 accounts at most (each 64 bytes of
/// an address count as one more: strangers choose those). All who block nobody share one list.
/// </remarks>
internal sealed class BlockLists(IBlockListStore store) : IBlockLists, IStorageCache
{
    private const int MaxGeneration = 50_000;
    private readonly AccountCache<BlockList> _known = new(MaxGeneration, static (account, _) => 1 + (account.Utf8.Length / 64));

    public ValueTask<bool> IsBlockedAsync(Jid account, Jid other, CancellationToken cancellationToken)
    {
        return IsKnownBlocked(account, other) is { } known ? new(known) : LoadAsync(this, account, other, cancellationToken);

        static async ValueTask<bool> LoadAsync(BlockLists lists, Jid account, Jid other, CancellationToken cancellationToken) =>
            (await lists.GetAsync(account, cancellationToken)).Blocks(other);
    }

    /// <summary>The same without waiting; null when the list has to be loaded.</summary>
    internal bool? IsKnownBlocked(Jid account, Jid other) =>
        account.BareEquals(other) ? false : _known.Find(account)?.Blocks(other);

    internal async ValueTask<BlockList> GetAsync(Jid account, CancellationToken cancellationToken)
    {
        if (_known.Find(account) is { } known)
        {
            return known;
        }

        var before = _known.Now;
        var list = BlockList.Of(await store.LoadAsync(account, cancellationToken));

        // What was read may be out of date when something changed meanwhile: it serves this once.
        _known.Keep(account, list, before);
        return list;
    }

    internal async ValueTask AddAsync(Jid account, IReadOnlyList<Jid> items, CancellationToken cancellationToken)
    {
        try
        {
            await store.AddAsync(account, items, cancellationToken);
        }
        finally
        {
            // A change that failed may be kept all the same.
            Forget(account);
        }
    }

    internal async ValueTask RemoveAsync(Jid account, IReadOnlyList<Jid> items, CancellationToken cancellationToken)
    {
        try
        {
            await store.RemoveAsync(account, items, cancellationToken);
        }
        finally
        {
            Forget(account);
        }
    }

    internal void Forget(Jid account) => _known.Forget(account);

    public void Forget() => _known.Forget();
}
