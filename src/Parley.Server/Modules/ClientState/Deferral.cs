using System.Diagnostics.CodeAnalysis;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.ClientState;

/// <summary>Which stanzas can wait for an inactive client, and which of them a later one makes superfluous.</summary>
/// <remarks>
/// Only what the server would drop anyway if there were no client: presence, chat states that stand alone, headlines with an event of a node. Nothing with a
/// body, no iq, no error, no subscription.
/// </remarks>
internal static class Deferral
{
    private const string EventNamespace = "http://jabber.org/protocol/pubsub#event";
    private static readonly XmlName Event = new("event", EventNamespace);
    private static readonly XmlName Items = new("items", EventNamespace);

    /// <summary>Whether a stanza can wait.</summary>
    /// <param name="outbound">The stanza.</param>
    /// <param name="account">The receiving account: its own copies are looked into.</param>
    /// <param name="key">Equal for two of which the later says all; null for one that always counts.</param>
    internal static bool CanWait(in OutboundStanza outbound, Jid account, out DeferralKey? key)
    {
        key = null;
        return outbound.From is { } from && outbound.Stanza.Kind switch
        {
            StanzaKind.Presence => IsPresence(outbound.Stanza, from, out key),
            StanzaKind.Message => IsChatState(outbound.Stanza, from, account, out key) || IsEvent(outbound.Stanza, from, out key),
            _ => false,
        };
    }

    // A room tells its occupants about themselves, and about what it did, by status codes (XEP-0045 §15.6): clients wait for those.
    private static bool IsPresence(Stanza presence, Jid from, out DeferralKey? key)
    {
        key = new DeferralKey(StanzaKind.Presence, from);
        return presence.Type is StanzaType.None or StanzaType.Unavailable && presence.Child(MucUser.Name)?.Child(MucUser.Status) is null;
    }

    private static bool IsChatState(Stanza message, Jid from, Jid account, out DeferralKey? key)
    {
        key = new DeferralKey(StanzaKind.Message, from);
        if (ChatState.IsAlone(message))
        {
            return true;
        }

        // What the account's others type, and what is typed to them.
        if (!from.Equals(account) || !Carbon.IsWrapper(message) || !TryUnwrap(message, account, out var copied))
        {
            return false;
        }

        key = new DeferralKey(StanzaKind.Message, copied.From ?? from, copied.To?.ToString());
        return ChatState.IsAlone(copied);
    }

    private static bool TryUnwrap(Stanza wrapper, Jid account, [NotNullWhen(true)] out Stanza? message)
    {
        try
        {
            message = Carbon.Read(wrapper.WithAddresses(account, wrapper.To), account)?.Message;
        }
        catch (StanzaException)
        {
            message = null;
        }

        return message is not null;
    }

    private static bool IsEvent(Stanza message, Jid from, out DeferralKey? key)
    {
        key = null;
        if (message.Type != StanzaType.Headline || message.HasChild("body"u8, "jabber:client"u8) || message.Child(Event) is not { } @event)
        {
            return false;
        }

        // One item, or its retraction: a later one of the same id takes its place. Whatever else happens to a node counts.
        if (@event.ChildCount == 1 && @event.Child(Items) is { ChildCount: 1 } items && items.Attribute("node") is { } node)
        {
            foreach (var item in items.Children)
            {
                key = item.Attribute("id") is { } id ? new DeferralKey(StanzaKind.Message, from, node, id) : null;
            }
        }

        return true;
    }
}

/// <summary>What a stanza is about, for an inactive client.</summary>
internal sealed record DeferralKey(StanzaKind Kind, Jid From, string? To = null, string? Item = null);
