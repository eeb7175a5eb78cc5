using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Offline;

/// <summary>Which messages wait for their recipient (XEP-0160 §3, XEP-0334 §4.2).</summary>
internal static class OfflineContent
{
    /// <summary>Whether a message is kept: normal and chat messages are, but for those that ask not to be, and for chat states alone.</summary>
    internal static bool IsKept(Stanza message) =>
        message.Type is StanzaType.None or StanzaType.Normal or StanzaType.Unknown or StanzaType.Chat
        && !message.HasChild("no-store"u8, "urn:xmpp:hints"u8)
        && !ChatState.IsAlone(message);
}
