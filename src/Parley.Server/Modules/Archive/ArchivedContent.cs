using System.Text;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Archive;

/// <summary>Which messages an account's archive keeps (XEP-0313 §6.1.1, XEP-0334 §4), preferences apart.</summary>
/// <remarks>
/// Normal and chat messages with a body, or with something else that has to be found again by clients that were away: a receipt, a marker, a reaction,
/// a retraction, something encrypted, an invitation; others when they ask for it with <c>store</c>. Errors with a body. No groupchat, no headlines.
/// </remarks>
internal static class ArchivedContent
{
    internal static bool IsKept(Stanza message)
    {
        if (message.IsError)
        {
            // Its hints are those of the message that came back (XEP-0334 §5).
            return message.HasChild("body"u8, "jabber:client"u8);
        }

        if (message.Type is not (StanzaType.None or StanzaType.Normal or StanzaType.Unknown or StanzaType.Chat))
        {
            return false;
        }

        var hints = ProcessingHints.None;
        var isKept = false;
        foreach (var child in (StanzaChild[])message.Children)
        {
            if (child.Is("body"u8, "jabber:client"u8))
            {
                isKept = true;
            }
            else if (child.NamespaceUri.Span.SequenceEqual("urn:xmpp:hints"u8))
            {
                hints = message.Hints();
            }
            else if (IsRetraction(child))
            {
                // Must be stored, whatever else (XEP-0424 §5).
                return true;
            }
            else
            {
                isKept |= IsWorthKeeping(child);
            }
        }

        return !hints.HasFlag(ProcessingHints.NoStore)
            && !hints.HasFlag(ProcessingHints.NoPermanentStore)
            && (isKept || hints.HasFlag(ProcessingHints.Store));
    }

    internal static bool IsRetraction(StanzaChild child) => child.Is("retract"u8, "urn:xmpp:message-retract:1"u8);

    /// <summary>The text of all bodies, one a line; null when there is none.</summary>
    internal static string? TextOf(Stanza message)
    {
        // What came back was sent, and is found there.
        if (message.IsError)
        {
            return null;
        }

        string? text = null;
        foreach (var child in (StanzaChild[])message.Children)
        {
            if (child.Is("body"u8, "jabber:client"u8))
            {
                var body = TextIn(message.Payload.Span.Slice(child.Start, child.Length));
                text = text is null ? body : $"{text}\n{body}";
            }
        }

        return string.IsNullOrEmpty(text) ? null : text;
    }

    private static string TextIn(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8XmlReader(body, StanzaContext.ClientContent);
        var text = "";
        StringBuilder? several = null;
        while (reader.Read())
        {
            if (reader.TokenType != XmlTokenType.Text)
            {
                continue;
            }

            if (text.Length > 0)
            {
                several = (several ?? new StringBuilder(text)).Append(reader.GetText());
            }
            else
            {
                text = reader.GetText();
            }
        }

        return several?.ToString() ?? text;
    }

    private static bool IsWorthKeeping(StanzaChild child)
    {
        var name = child.LocalName.Span;
        return child.NamespaceUri.Span switch
        {
            var ns when ns.SequenceEqual("urn:xmpp:receipts"u8) => name.SequenceEqual("received"u8),
            var ns when ns.SequenceEqual("urn:xmpp:chat-markers:0"u8) => !name.SequenceEqual("markable"u8),
            var ns when ns.SequenceEqual("urn:xmpp:reactions:0"u8) => true,
            var ns when ns.SequenceEqual("urn:xmpp:fasten:0"u8) => true,
            var ns when ns.SequenceEqual("urn:xmpp:eme:0"u8) => true,
            var ns when ns.SequenceEqual("jabber:x:conference"u8) => true,
            _ => false,
        };
    }
}
