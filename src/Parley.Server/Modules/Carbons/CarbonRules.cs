using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Carbons;

/// <summary>Which messages are copied: XEP-0280 §6.1, each rule of which is binding where urn:xmpp:carbons:rules:0 is advertised (§6.2).</summary>
internal static class CarbonRules
{
    /// <summary>Whether a message is copied, errors aside: what decides about those is the message that they answer (<see cref="EligibleMessages"/>).</summary>
    internal static bool IsEligible(Stanza message, CarbonDirection direction)
    {
        if (message.Type is StanzaType.GroupChat or StanzaType.Error || IsPrivate(message))
        {
            return false;
        }

        // A wrapper that comes this way is forged, and is no instant messaging: whoever unwraps twice is not to be led astray.
        if (Carbon.IsWrapper(message))
        {
            return false;
        }

        return IsInvitation(message)
            || (!(direction == CarbonDirection.Received && IsFromOccupant(message))
                && (message.Type == StanzaType.Chat || IsNormalWithBody(message) || HasInstantMessagingPayload(message)));
    }

    /// <summary>Whether the sender does not want a message to be copied (§9, XEP-0334 §4.4).</summary>
    internal static bool IsPrivate(Stanza message) =>
        message.HasChild("private"u8, "urn:xmpp:carbons:2"u8) || message.HasChild("no-copy"u8, "urn:xmpp:hints"u8);

    private static bool IsNormalWithBody(Stanza message) =>
        message.Type is StanzaType.None or StanzaType.Normal or StanzaType.Unknown && message.HasChild("body"u8, "jabber:client"u8);

    // Receipts (XEP-0184), chat states (XEP-0085), markers (XEP-0333).
    private static bool HasInstantMessagingPayload(Stanza message)
    {
        foreach (var child in message.Children)
        {
            var ns = child.NamespaceUri.Span;
            if (ns.SequenceEqual("urn:xmpp:receipts"u8)
                || ns.SequenceEqual("http://jabber.org/protocol/chatstates"u8)
                || ns.SequenceEqual("urn:xmpp:chat-markers:0"u8))
            {
                return true;
            }
        }

        return false;
    }

    // Direct (XEP-0249) and mediated by the room (XEP-0045 §7.8.2).
    private static bool IsInvitation(Stanza message) =>
        message.HasChild("x"u8, "jabber:x:conference"u8)
        || message.Child(MucUser.Name)?.Child(MucUser.Invite) is not null;

    // The room has sent a private message to all of the user's clients that are in it (XEP-0045 §7.5).
    private static bool IsFromOccupant(Stanza message) =>
        message.From is { IsFull: true } && message.HasChild(MucUser.Name.LocalUtf8, MucUser.Name.NamespaceUtf8);
}
