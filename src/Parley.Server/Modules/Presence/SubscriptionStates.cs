using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Presence;

/// <summary>What becomes of a subscription stanza.</summary>
/// <param name="Passes">Whether it is routed to the contact, or delivered to the user.</param>
/// <param name="Next">The state afterwards.</param>
public readonly record struct SubscriptionStep(bool Passes, SubscriptionState Next);

/// <summary>The tables of RFC 6121 appendix A.2 and A.3: each row follows from which of the four parts of a state a stanza is about.</summary>
public static class SubscriptionStates
{
    private const SubscriptionState Theirs = SubscriptionState.From | SubscriptionState.PendingIn;
    private const SubscriptionState Ours = SubscriptionState.To | SubscriptionState.PendingOut;

    /// <summary>The user sends a subscription stanza to a contact (A.2). Pre-approval (§3.4) is beside these tables: it changes no state.</summary>
    public static SubscriptionStep Outbound(StanzaType type, SubscriptionState state) => type switch
    {
        StanzaType.Subscribe => new(true, Has(state, SubscriptionState.To) ? state : state | SubscriptionState.PendingOut),
        StanzaType.Unsubscribe => new(true, state & ~Ours),
        StanzaType.Subscribed => Has(state, SubscriptionState.PendingIn)
            ? new(true, (state & ~SubscriptionState.PendingIn) | SubscriptionState.From)
            : new(false, state),
        StanzaType.Unsubscribed => new(Has(state, Theirs), state & ~Theirs),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not about subscriptions."),
    };

    /// <summary>A contact's subscription stanza arrives for the user (A.3). One that asks for what is there already is answered, not delivered (§3.1.3).</summary>
    public static SubscriptionStep Inbound(StanzaType type, SubscriptionState state) => type switch
    {
        StanzaType.Subscribe => Has(state, Theirs) ? new(false, state) : new(true, state | SubscriptionState.PendingIn),
        StanzaType.Unsubscribe => new(Has(state, Theirs), state & ~Theirs),
        StanzaType.Subscribed => Has(state, SubscriptionState.PendingOut)
            ? new(true, (state & ~SubscriptionState.PendingOut) | SubscriptionState.To)
            : new(false, state),
        StanzaType.Unsubscribed => new(Has(state, Ours), state & ~Ours),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not about subscriptions."),
    };

    private static bool Has(SubscriptionState state, SubscriptionState any) => (state & any) != SubscriptionState.None;
}
