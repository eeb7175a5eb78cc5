using Parley.Server.Modules.Roster;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Presence;

/// <summary>The state of a subscription as a server keeps it: the nine of RFC 6121 appendix A.1 are combinations of these four.</summary>
[Flags]
public enum SubscriptionState : byte
{
    /// <summary>Neither has the other's presence, and nobody has asked for it.</summary>
    None = 0,

    /// <summary>The account has the contact's presence.</summary>
    To = 1,

    /// <summary>The contact has the account's presence.</summary>
    From = 2,

    /// <summary>The account has asked for the contact's presence.</summary>
    PendingOut = 4,

    /// <summary>The contact has asked for the account's presence.</summary>
    PendingIn = 8,
}

/// <summary>The state in a roster entry.</summary>
internal static class RosterItemState
{
    /// <summary>The state that an entry is in; that of no entry is none.</summary>
    internal static SubscriptionState State(this RosterItem? item)
    {
        if (item is null)
        {
            return SubscriptionState.None;
        }

        var state = item.Subscription switch
        {
            Subscription.To => SubscriptionState.To,
            Subscription.From => SubscriptionState.From,
            Subscription.Both => SubscriptionState.To | SubscriptionState.From,
            _ => SubscriptionState.None,
        };
        return state
            | (item.Ask ? SubscriptionState.PendingOut : SubscriptionState.None)
            | (item.PendingIn.IsEmpty ? SubscriptionState.None : SubscriptionState.PendingIn);
    }

    /// <summary>The entry in another state. A request is kept only while it is pending; an entry that says more than that is shown.</summary>
    /// <param name="item">The entry as it is.</param>
    /// <param name="state">The state to be in.</param>
    /// <param name="request">The contact's request, where there is a new one.</param>
    internal static RosterItem In(this RosterItem item, SubscriptionState state, ReadOnlyMemory<byte> request = default) => item with
    {
        Subscription = (state & (SubscriptionState.To | SubscriptionState.From)) switch
        {
            SubscriptionState.To => Subscription.To,
            SubscriptionState.From => Subscription.From,
            SubscriptionState.None => Subscription.None,
            _ => Subscription.Both,
        },
        Ask = state.HasFlag(SubscriptionState.PendingOut),
        PendingIn = !state.HasFlag(SubscriptionState.PendingIn) ? default : request.IsEmpty ? item.PendingIn : request,
        InRoster = item.InRoster || (state & ~SubscriptionState.PendingIn) != SubscriptionState.None,
    };

    /// <summary>The change from one entry to another: pushed if the user sees a difference, a tombstone if nothing is left; null if nothing changes.</summary>
    internal static RosterChange? To(this RosterItem? before, RosterItem after)
    {
        if (!after.InRoster && after.PendingIn.IsEmpty)
        {
            return before is null ? null : new RosterChange(RosterItems.Tombstone(after.Contact), Push: false);
        }

        var isSeen = after.InRoster
            && (before is not { InRoster: true } || before.Subscription != after.Subscription || before.Ask != after.Ask || before.Approved != after.Approved);
        return isSeen || before.State() != after.State() ? new RosterChange(after, isSeen) : null;
    }
}
