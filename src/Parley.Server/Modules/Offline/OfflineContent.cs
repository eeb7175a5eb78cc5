using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Offline;

/// <summary>Which messages wait for their recipient (XEP-0160 §3, XEP-0334 §4.2).</summary>
internal static class OfflineContent
{
    /// <summary>Whether a message is kept: normal and chat messages are, but for those that ask not to be, and for chat states alone.</summary>
    internal static bool IsKept(Stanza message) =>
        message.Type is StanzaType.None or StanzaType.Normal or StanzaType.Unknown or StanzaType.Chat
        && !message.HasChild("no-store"u8, "urn:xmpp:hints"u8)
        && !(message.Type == StanzaType.Chat && IsChatStateAlone(message));

    // The thread belongs to the notification (XEP-0085 §5.6).
    private static bool IsChatStateAlone(Stanza message)
    {
        var states = 0;
        foreach (var child in message.Children)
        {
            if (child.NamespaceUri.Span.SequenceEqual("http://jabber.org/protocol/chatstates"u8))
            {
                states++;
            }
            else if (!child.Is("thread"u8, "jabber:client"u8))
            {
                return false;
            }
        }

        return states > 0;
    }
}
