using System.Buffers;
using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>What rooms do with messages: the marks that they set in them, and which of them they keep.</summary>
internal static class RoomMessages
{
    /// <summary>The message with the room's id of it (XEP-0359 §4).</summary>
    internal static Stanza WithId(Stanza message, Jid room, long id) => new StanzaId(ArchiveId.ToText(id), room).AppendTo(message);

    /// <summary>The message with its author's id (XEP-0421 §3.2).</summary>
    internal static Stanza WithAuthor(Stanza message, string occupantId)
    {
        // The id is hexadecimal: nothing to escape.
        var open = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='"u8;
        Span<byte> element = stackalloc byte[128];
        open.CopyTo(element);
        var length = open.Length + Encoding.ASCII.GetBytes(occupantId, element[open.Length..]);
        "'/>"u8.CopyTo(element[length..]);
        return message.WithAppended(OccupantId.Name, element[..(length + 3)]);
    }

    /// <summary>The message without what its author says of its time (XEP-0203).</summary>
    internal static Stanza WithoutDelay(Stanza message) => message.HasChild(DelayedDelivery.Name.LocalUtf8, DelayedDelivery.Name.NamespaceUtf8)
        ? message.Without(static child => child.Is(DelayedDelivery.Name.LocalUtf8, DelayedDelivery.Name.NamespaceUtf8))
        : message;

    /// <summary>Whether a message belongs into history and archive: it has a body, or is something that clients that were away have to know (XEP-0313 §6.1.1, XEP-0334 §4).</summary>
    internal static bool IsKept(Stanza message)
    {
        var hints = message.Hints();
        if (message.HasChild(Retraction.Name.LocalUtf8, Retraction.Name.NamespaceUtf8))
        {
            return true;
        }

        return MayKeep(hints)
            && (hints.HasFlag(ProcessingHints.Store) || message.Children.Any(IsWorthKeeping));
    }

    /// <summary>Whether a message does nothing but say how far its author has read (XEP-0333): the archive keeps it, and those who enter are given what was said instead.</summary>
    internal static bool IsMarker(Stanza message) =>
        message.Children.Any(static child => child.NamespaceUri.Span.SequenceEqual("urn:xmpp:chat-markers:0"u8) && !child.LocalName.Span.SequenceEqual("markable"u8))
        && !message.HasChild("body"u8, "jabber:client"u8);

    /// <summary>Whether a message is one that changes the subject.</summary>
    internal static bool IsSubject(Stanza message) =>
        message.Type == StanzaType.GroupChat
        && message.HasChild("subject"u8, "jabber:client"u8)
        && !message.HasChild("body"u8, "jabber:client"u8)
        && !message.HasChild("thread"u8, "jabber:client"u8);

    /// <summary>Whether its author lets a message be kept (XEP-0334 §4).</summary>
    internal static bool MayKeep(Stanza message) => MayKeep(message.Hints());

    /// <summary>The text of all bodies, for search; null when there is none.</summary>
    internal static string? TextOf(Stanza message)
    {
        string? text = null;
        foreach (var child in message.Children)
        {
            if (child.Is("body"u8, "jabber:client"u8))
            {
                var body = message.Element(child).Text;
                text = text is null ? body : $"{text}\n{body}";
            }
        }

        return string.IsNullOrEmpty(text) ? null : text;
    }

    /// <summary>The bytes for the archive: from the author's address in the room, to nobody (XEP-0313 §5.1.2).</summary>
    internal static ReadOnlyMemory<byte> ToStored(Stanza message, Jid from)
    {
        var output = new ArrayBufferWriter<byte>(message.Size + 64);
        message.WriteTo(output, from, null);
        return output.WrittenMemory;
    }

    private static bool MayKeep(ProcessingHints hints) => !hints.HasFlag(ProcessingHints.NoStore) && !hints.HasFlag(ProcessingHints.NoPermanentStore);

    private static bool IsWorthKeeping(StanzaChild child) => child.NamespaceUri.Span switch
    {
        var ns when ns.SequenceEqual("jabber:client"u8) => child.LocalName.Span.SequenceEqual("body"u8),
        var ns when ns.SequenceEqual("urn:xmpp:chat-markers:0"u8) => !child.LocalName.Span.SequenceEqual("markable"u8),
        var ns when ns.SequenceEqual("urn:xmpp:reactions:0"u8) => true,
        var ns when ns.SequenceEqual("urn:xmpp:fasten:0"u8) => true,
        var ns when ns.SequenceEqual("urn:xmpp:eme:0"u8) => true,
        _ => false,
    };
}
