using System.Buffers;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Stanzas;

/// <summary>Reads the envelope of a stanza and the names of its children, in one pass that also checks the whole element.</summary>
internal static class StanzaReader
{
    private const int ExpectedChildren = 8;
    private static readonly byte[] ClientNamespace = "jabber:client"u8.ToArray();

    internal static Stanza? Read(ReadOnlySpan<byte> element, StanzaContext context)
    {
        var bytes = element.ToArray();
        var reader = new Utf8XmlReader(bytes, context.Declared);
        if (!reader.Read() || KindOf(in reader, context) is not { } kind)
        {
            return null;
        }

        var type = reader.TryGetAttribute("type"u8, out var typeValue)
            ? StanzaTypes.Parse(kind, typeValue.IsPlain ? typeValue.Raw : typeValue.ToUtf8())
            : StanzaType.None;
        var hasTo = reader.TryGetAttribute("to"u8, out var toValue);
        var to = hasTo ? context.ParseTo(toValue) : null;
        var hasFrom = reader.TryGetAttribute("from"u8, out var fromValue);
        var from = hasFrom ? StanzaContext.ParseJid(fromValue) : null;

        var id = reader.TryGetAttribute("id"u8, out var idValue) ? Escaped(idValue, bytes) : default;
        var language = reader.TryGetAttribute("lang"u8, "http://www.w3.org/XML/1998/namespace"u8, out var langValue)
            ? Escaped(langValue, bytes)
            : default;

        var (payload, children) = ReadPayload(ref reader, bytes, context);
        return new Stanza(kind, type, payload, children)
        {
            From = from,
            To = to,
            IsToMalformed = hasTo && to is null,
            IsFromMalformed = hasFrom && from is null,
            Id = id,
            Language = language,
        };
    }

    /// <summary>Indexes a payload that stands alone.</summary>
    internal static StanzaChild[] Children(ReadOnlyMemory<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return [];
        }

        // A reader wants one root, so the payload is read inside a wrapper; offsets are counted from the payload's first byte.
        var wrapped = new byte[payload.Length + 7];
        "<w>"u8.CopyTo(wrapped);
        payload.Span.CopyTo(wrapped.AsSpan(3));
        "</w>"u8.CopyTo(wrapped.AsSpan(3 + payload.Length));
        var reader = new Utf8XmlReader(wrapped, StanzaContext.ClientContent);
        reader.Read();
        var context = StanzaContext.Client();
        return Index(ref reader, wrapped, context).Children;
    }

    private static (ReadOnlyMemory<byte> Payload, StanzaChild[] Children) ReadPayload(ref Utf8XmlReader reader, byte[] bytes, StanzaContext context)
    {
        var start = reader.TokenEnd;
        var (end, children, namesContent) = Index(ref reader, bytes, context);

        // The stanza has no prefix, so the default namespace around its children is the content namespace: only prefixes can lean.
        return reader.UsedOuterPrefix || namesContent
            ? Rewritten(bytes, context)
            : (bytes.AsMemory(start, end - start), children);
    }

    /// <summary>Reads to the end of the root, whose open tag is read: where its content ends, the elements in it, and whether one names the content namespace.</summary>
    private static (int End, StanzaChild[] Children, bool NamesContent) Index(ref Utf8XmlReader reader, byte[] bytes, StanzaContext context)
    {
        var start = reader.TokenEnd;
        var children = default(ChildList);
        var depth = 0;
        var end = start;
        var childStart = 0;
        var namesContent = false;
        ReadOnlyMemory<byte> local = default, ns = default;
        reader.ClearUsedOuter();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case XmlTokenType.StartElement:
                    namesContent |= (depth == 0 || !context.IsClient) && NamesContent(in reader, bytes, depth, context);
                    if (depth++ == 0)
                    {
                        childStart = reader.TokenStart;
                        local = Slice(bytes, reader.LocalName);
                        ns = NamespaceOf(in reader, bytes, context);
                    }

                    break;
                case XmlTokenType.EndElement:
                    if (--depth < 0)
                    {
                        end = reader.TokenStart;
                    }
                    else if (depth == 0)
                    {
                        children.Add(new StanzaChild(childStart - start, reader.TokenEnd - childStart, local, ns));
                    }

                    break;
            }
        }

        return (end, children.ToArray(), namesContent);
    }

    /// <summary>
    /// Whether an element is in the content namespace by its own declaration or prefix: on another kind of stream that is another namespace. What stands
    /// deeper in a client's stanza stays: within another namespace, jabber:client is meant (as in what is forwarded, XEP-0297).
    /// </summary>
    private static bool NamesContent(ref readonly Utf8XmlReader reader, byte[] bytes, int depth, StanzaContext context)
    {
        if (!reader.NamespaceUri.SequenceEqual(context.ContentNamespaceUtf8) && (depth > 0 || !reader.NamespaceUri.SequenceEqual(ClientNamespace)))
        {
            return false;
        }

        var tag = bytes.AsSpan(reader.TokenStart..reader.TokenEnd);
        return !reader.Prefix.IsEmpty || (tag.Length > reader.LocalName.Length + 3 && tag.IndexOf("xmlns"u8) >= 0);
    }

    private static (ReadOnlyMemory<byte> Payload, StanzaChild[] Children) Rewritten(byte[] bytes, StanzaContext context)
    {
        var root = XmlElement.Parse(bytes, context.Declared);
        var output = new ArrayBufferWriter<byte>(bytes.Length);
        foreach (var child in root.Children)
        {
            child.WriteTo(new Utf8XmlWriter(output, Namespaces.Client), context.IsClient ? default : context.ContentNamespaceUtf8);
        }

        var payload = output.WrittenMemory;
        return (payload, Children(payload));
    }

    private static StanzaKind? KindOf(ref readonly Utf8XmlReader reader, StanzaContext context)
    {
        if (!reader.NamespaceUri.SequenceEqual(context.ContentNamespaceUtf8))
        {
            return null;
        }

        StanzaKind? kind = reader.LocalName switch
        {
            [(byte)'m', ..] when reader.LocalName.SequenceEqual("message"u8) => StanzaKind.Message,
            [(byte)'p', ..] when reader.LocalName.SequenceEqual("presence"u8) => StanzaKind.Presence,
            [(byte)'i', ..] when reader.LocalName.SequenceEqual("iq"u8) => StanzaKind.Iq,
            _ => null,
        };
        if (kind is not null && !reader.Prefix.IsEmpty)
        {
            throw new StreamException(StreamErrorCondition.BadNamespacePrefix, "Stanzas take no prefix for their content namespace.");
        }

        return kind;
    }

    private static ReadOnlyMemory<byte> NamespaceOf(ref readonly Utf8XmlReader reader, byte[] bytes, StanzaContext context) =>
        reader.NamespaceUri.SequenceEqual(context.ContentNamespaceUtf8) ? ClientNamespace : Slice(bytes, reader.NamespaceUri);

    private static ReadOnlyMemory<byte> Escaped(XmlAttributeValue value, byte[] bytes)
    {
        if (value.IsPlain)
        {
            return Slice(bytes, value.Raw);
        }

        var output = new ArrayBufferWriter<byte>(value.Raw.Length + 16);
        Utf8XmlWriter.EscapeAttribute(value.ToUtf8(), output);
        return output.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Slice(byte[] bytes, ReadOnlySpan<byte> part) =>
        bytes.AsSpan().Overlaps(part, out var offset) ? bytes.AsMemory(offset, part.Length) : part.ToArray();

    /// <summary>Grows beyond its expected size only for unusual stanzas.</summary>
    private struct ChildList
    {
        private StanzaChild[]? _items;
        private int _count;

        internal void Add(StanzaChild child)
        {
            if (_items is null)
            {
                _items = new StanzaChild[1];
            }
            else if (_count == _items.Length)
            {
                Array.Resize(ref _items, Math.Max(ExpectedChildren, _count * 2));
            }

            _items[_count++] = child;
        }

        internal readonly StanzaChild[] ToArray() => _items is null ? [] : _items.Length == _count ? _items : _items[.._count];
    }
}
