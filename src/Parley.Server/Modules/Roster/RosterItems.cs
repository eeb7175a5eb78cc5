using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>The entries that the server makes.</summary>
internal static class RosterItems
{
    /// <summary>How many bytes the entries of a full roster have on average, at most: it is sent as one stanza.</summary>
    private const int MaxAverageSize = 512;

    /// <summary>An entry that is in no state yet, and not shown.</summary>
    internal static RosterItem New(Jid contact) => new(contact, null, Subscription.None, false, false, [], default, false, 0);

    /// <summary>What is left of a removed entry.</summary>
    internal static RosterItem Tombstone(Jid contact) => New(contact) with { Subscription = Subscription.Remove };

    /// <summary>About how many bytes an entry has.</summary>
    internal static int Size(this RosterItem item)
    {
        var size = item.Contact.Utf8.Length + (item.Name?.Length ?? 0);
        foreach (var group in item.Groups)
        {
            size += group.Length;
        }

        return size;
    }

    /// <summary>Refuses an entry, new or changed, beyond a limit.</summary>
    /// <param name="roster">The roster as it is.</param>
    /// <param name="before">The entry as it is, or null.</param>
    /// <param name="after">The entry as it is to be.</param>
    /// <param name="limit">How many entries there may be.</param>
    /// <exception cref="StanzaException">resource-constraint: the roster is full.</exception>
    internal static void RequireRoom(this RosterSnapshot roster, RosterItem? before, RosterItem after, int limit)
    {
        if (before?.InRoster != true && roster.Count >= limit)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"A roster takes {limit} contacts at most.");
        }

        var grown = after.Size() - (before?.Size() ?? 0);
        if (grown > 0 && roster.Size + grown > (long)limit * MaxAverageSize)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "The names and groups of the roster are too long.");
        }
    }
}
