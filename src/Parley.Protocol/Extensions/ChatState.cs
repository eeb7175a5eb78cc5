using Parley.Protocol.Stanzas;

namespace Parley.Protocol.Extensions;

/// <summary>Chat State Notifications (XEP-0085 2.1): whether somebody is typing, for now.</summary>
public static class ChatState
{
    public const string Namespace = "http://jabber.org/protocol/chatstates";

    // What says something about the notification and nothing beside it.
    private static readonly byte[][] Neutral =
    [
        "urn:xmpp:hints"u8.ToArray(),
        "urn:xmpp:sid:0"u8.ToArray(),
        "urn:xmpp:delay"u8.ToArray(),
    ];

    /// <summary>Whether a chat or groupchat message holds a chat state and nothing else of use: of use now or never, and of use only until the next (§5.6).
    /// One that asks to be stored (XEP-0334 §4.4) is more to its sender.</summary>
    public static bool IsAlone(Stanza message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Kind != StanzaKind.Message || message.Type is not StanzaType.Chat and not StanzaType.GroupChat)
        {
            return false;
        }

        var states = 0;
        foreach (var child in message.Children)
        {
            if (child.NamespaceUri.Span.SequenceEqual("http://jabber.org/protocol/chatstates"u8))
            {
                states++;
            }
            else if (!child.Is("thread"u8, "jabber:client"u8) && (!IsNeutral(child.NamespaceUri.Span) || child.Is("store"u8, "urn:xmpp:hints"u8)))
            {
                return false;
            }
        }

        return states > 0;
    }

    private static bool IsNeutral(ReadOnlySpan<byte> namespaceUri)
    {
        foreach (var neutral in Neutral)
        {
            if (namespaceUri.SequenceEqual(neutral))
            {
                return true;
            }
        }

        return false;
    }
}
