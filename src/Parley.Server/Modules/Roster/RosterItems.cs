using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>The entries that the server makes.</summary>
internal static class RosterItems
{
    /// <summary>An entry that is in no state yet, and not shown.</summary>
    internal static RosterItem New(Jid contact) => new(contact, null, Subscription.None, false, false, [], default, false, 0);

    /// <summary>What is left of a removed entry.</summary>
    internal static RosterItem Tombstone(Jid contact) => New(contact) with { Subscription = Subscription.Remove };

    /// <summary>Refuses another entry beyond a limit.</summary>
    /// <exception cref="StanzaException">resource-constraint: the roster is full.</exception>
    internal static void RequireRoom(this RosterSnapshot roster, int limit)
    {
        if (roster.Count >= limit)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"A roster takes {limit} contacts at most.");
        }
    }
}
