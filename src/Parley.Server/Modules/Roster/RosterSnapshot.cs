using Parley.Protocol.Addressing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>The roster of one account at one version: an immutable snapshot that all its sessions share (RFC 6121 §2).</summary>
internal sealed class RosterSnapshot
{
    // In the order of the contacts' hash codes: as small as a list, and searched in logarithmic time.
    private readonly RosterItem[] _items;

    internal RosterSnapshot(long version, IEnumerable<RosterItem> items)
        : this(version, items.OrderBy(static item => item.Contact.GetHashCode()).ToArray())
    {
    }

    private RosterSnapshot(long version, RosterItem[] items)
    {
        Version = version;
        _items = items;
        foreach (var item in items)
        {
            Count += item.InRoster ? 1 : 0;
            Pending += item.PendingIn.IsEmpty ? 0 : 1;
            PendingBytes += item.PendingIn.Length;
            Size += item.Size();
            Tombstones += item.Subscription == Subscription.Remove ? 1 : 0;
        }
    }

    /// <summary>The roster of an account that never changed it.</summary>
    internal static RosterSnapshot Empty { get; } = new(0, []);

    /// <summary>Rises with each change; 0 for a roster that never changed.</summary>
    internal long Version { get; }

    /// <summary>All entries: those that the user sees, those that only hold a request, and the tombstones.</summary>
    internal IReadOnlyList<RosterItem> Items => _items;

    /// <summary>How many entries the user sees.</summary>
    internal int Count { get; }

    /// <summary>How many subscription requests await an answer.</summary>
    internal int Pending { get; }

    /// <summary>How many bytes those requests have.</summary>
    internal int PendingBytes { get; }

    /// <summary>About how many bytes the entries have, requests apart.</summary>
    internal int Size { get; }

    private int Tombstones { get; }

    /// <summary>The entry of a contact, by its bare JID; null when there is none, or only a tombstone.</summary>
    internal RosterItem? Find(Jid contact) =>
        IndexOf(contact) is >= 0 and var index && _items[index].Subscription != Subscription.Remove ? _items[index] : null;

    /// <summary>Whether a contact is let have the account's presence.</summary>
    internal bool IsSubscriber(Jid contact) => Find(contact)?.Subscription is Subscription.From or Subscription.Both;

    /// <summary>Whether everything that has changed since a version is known (RFC 6121 §2.6.2).</summary>
    internal bool KnowsChangesSince(long version) =>
        version >= 0 && version <= Version
        && (Tombstones < RosterTombstones.Kept || version >= _items.Where(static item => item.Subscription == Subscription.Remove).Min(static item => item.Version));

    /// <summary>The roster with an entry inserted or replaced, at the version that the store gave it.</summary>
    internal RosterSnapshot With(RosterItem item)
    {
        var index = IndexOf(item.Contact);
        RosterItem[] items = index >= 0
            ? [.. _items[..index], item, .. _items[(index + 1)..]]
            : [.. _items[..~index], item, .. _items[~index..]];
        return new RosterSnapshot(item.Version, WithoutForgotten(items));
    }

    // The store forgets the oldest tombstones likewise.
    private static RosterItem[] WithoutForgotten(RosterItem[] items)
    {
        var tombstones = items.Where(static item => item.Subscription == Subscription.Remove).ToArray();
        if (tombstones.Length <= RosterTombstones.Kept)
        {
            return items;
        }

        var forgotten = tombstones.OrderByDescending(static item => item.Version).Skip(RosterTombstones.Kept).ToHashSet();
        return [.. items.Where(item => !forgotten.Contains(item))];
    }

    /// <summary>Where the contact stands; the complement of where it belongs when it is not there.</summary>
    private int IndexOf(Jid contact)
    {
        var hash = contact.GetHashCode();
        var (low, high) = (0, _items.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _items[middle].Contact.GetHashCode() < hash ? (middle + 1, high) : (low, middle);
        }

        for (; low < _items.Length && _items[low].Contact.GetHashCode() == hash; low++)
        {
            if (_items[low].Contact.Equals(contact))
            {
                return low;
            }
        }

        return ~low;
    }
}
