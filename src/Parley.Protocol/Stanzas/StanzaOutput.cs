using System.Buffers;
using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Stanzas;

/// <summary>Writes stanzas as bytes: a fresh open tag, then the payload as it is.</summary>
internal static class StanzaOutput
{
    // Everything in a tag but the values: "<presence from='' to='' type='' id='' xml:lang=''></presence>" and the longest type.
    private const int TagOverhead = 96;
    private static readonly SearchValues<byte> NeedsEscape = SearchValues.Create("&<>'\"\t\r\n"u8);

    /// <summary>Writes a stanza; <paramref name="declaration"/> is what stands behind its name: empty where jabber:client is the default namespace already.</summary>
    internal static void Write(Stanza stanza, Jid? from, Jid? to, IBufferWriter<byte> output, ReadOnlySpan<byte> declaration = default)
    {
        var fromBytes = Attribute(from);
        var toBytes = Attribute(to);
        var name = Name(stanza.Kind);
        var payload = stanza.Payload.Span;
        var size = TagOverhead + declaration.Length + fromBytes.Length + toBytes.Length + stanza.Id.Length + stanza.Language.Length + payload.Length;

        var span = output.GetSpan(size);
        var at = 0;
        Put(span, ref at, "<"u8);
        Put(span, ref at, name);
        Put(span, ref at, declaration);
        PutAttribute(span, ref at, " from='"u8, fromBytes);
        PutAttribute(span, ref at, " to='"u8, toBytes);
        PutAttribute(span, ref at, " type='"u8, stanza.Type.Utf8Name());
        PutAttribute(span, ref at, " id='"u8, stanza.Id.Span);
        PutAttribute(span, ref at, " xml:lang='"u8, stanza.Language.Span);
        if (payload.IsEmpty)
        {
            Put(span, ref at, "/>"u8);
        }
        else
        {
            Put(span, ref at, ">"u8);
            Put(span, ref at, payload);
            Put(span, ref at, "</"u8);
            Put(span, ref at, name);
            Put(span, ref at, ">"u8);
        }

        output.Advance(at);
    }

    private static ReadOnlySpan<byte> Name(StanzaKind kind) => kind switch
    {
        StanzaKind.Message => "message"u8,
        StanzaKind.Presence => "presence"u8,
        _ => "iq"u8,
    };

    private static ReadOnlySpan<byte> Attribute(Jid? jid)
    {
        if (jid is null)
        {
            return default;
        }

        var bytes = jid.Utf8;
        if (bytes.IndexOfAny(NeedsEscape) < 0)
        {
            return bytes;
        }

        var escaped = new ArrayBufferWriter<byte>(bytes.Length + 32);
        Utf8XmlWriter.EscapeAttribute(bytes, escaped);
        return escaped.WrittenSpan;
    }

    private static void PutAttribute(Span<byte> span, ref int at, ReadOnlySpan<byte> open, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            Put(span, ref at, open);
            Put(span, ref at, value);
            Put(span, ref at, "'"u8);
        }
    }

    private static void Put(Span<byte> span, ref int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(span[at..]);
        at += bytes.Length;
    }
}
