using System.Buffers;
using System.Text;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Streams;

/// <summary>The open tag of a stream (RFC 6120 §4.7).</summary>
public sealed class StreamHeader
{
    public string? To { get; init; }

    public string? From { get; init; }

    public string? Id { get; init; }

    /// <summary>The xml:lang attribute, or null (RFC 6120 §4.7.4).</summary>
    public string? Language { get; init; }

    /// <summary>Major and minor version; null when the attribute is missing or no version (RFC 6120 §4.7.5).</summary>
    public (int Major, int Minor)? Version { get; init; }

    /// <summary>The namespaces that the header declares: in scope for the whole stream.</summary>
    public XmlNamespaces Declared { get; init; } = new(Namespaces.Client);

    /// <summary>Reads a stream's open tag and checks its name and namespaces (RFC 6120 §4.8).</summary>
    /// <param name="openTag">The tag as the scanner delimits it.</param>
    /// <param name="contentNamespace">The content namespace that the stream has to declare as its default one.</param>
    /// <exception cref="StreamException">Not well-formed, or not the header of such a stream; <paramref name="readSoFar"/> then tells what could be read.</exception>
    public static StreamHeader Read(ReadOnlySpan<byte> openTag, string contentNamespace, out StreamHeader readSoFar)
    {
        readSoFar = new StreamHeader();
        var reader = new Utf8XmlReader(openTag, outer: null, openTagOnly: true);
        reader.Read();
        var declared = reader.NamespacesInScope();
        var header = readSoFar = new StreamHeader
        {
            To = Value(in reader, "to"u8),
            From = Value(in reader, "from"u8),
            Id = Value(in reader, "id"u8),
            Language = reader.TryGetAttribute("lang"u8, "http://www.w3.org/XML/1998/namespace"u8, out var language) ? language.ToString() : null,
            Version = ParseVersion(Value(in reader, "version"u8)),
            Declared = declared,
        };

        if (!reader.LocalName.SequenceEqual("stream"u8))
        {
            throw new StreamException(StreamErrorCondition.InvalidXml, "The root element has to be a stream header.");
        }

        if (!reader.NamespaceUri.SequenceEqual("http://etherx.jabber.org/streams"u8))
        {
            throw new StreamException(StreamErrorCondition.InvalidNamespace, $"The stream's namespace has to be {Namespaces.Streams}.");
        }

        if (!reader.Prefix.SequenceEqual("stream"u8))
        {
            throw new StreamException(StreamErrorCondition.BadNamespacePrefix, "The stream's namespace takes the prefix 'stream'.");
        }

        if (!declared.Default.SequenceEqual(Encoding.UTF8.GetBytes(contentNamespace)))
        {
            throw new StreamException(StreamErrorCondition.InvalidNamespace, $"The default namespace has to be {contentNamespace}.");
        }

        return header;
    }

    /// <summary>The header as it is sent, with the XML declaration before it. A component's says no version: with one, features would be due (XEP-0114 §3).</summary>
    public byte[] Encode(string contentNamespace)
    {
        var output = new ArrayBufferWriter<byte>(256);
        output.Write("<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams'"u8);
        output.Write(contentNamespace == Namespaces.ComponentAccept ? ""u8 : " version='1.0'"u8);
        output.Write(" xmlns='"u8);
        Escape(output, contentNamespace);

        // Whoever is to speak dialback looks for it here, and some know no other prefix (XEP-0220 §2.4.1).
        output.Write(contentNamespace == Namespaces.Server ? "' xmlns:db='jabber:server:dialback"u8 : ""u8);
        Attribute(output, "' from='"u8, From);
        Attribute(output, "' to='"u8, To);
        Attribute(output, "' id='"u8, Id);
        Attribute(output, "' xml:lang='"u8, Language);
        output.Write("'>"u8);
        return output.WrittenSpan.ToArray();
    }

    private static void Attribute(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> open, string? value)
    {
        if (value is not null)
        {
            output.Write(open);
            Escape(output, value);
        }
    }

    private static void Escape(ArrayBufferWriter<byte> output, string value) =>
        Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(value), output);

    private static string? Value(ref readonly Utf8XmlReader reader, ReadOnlySpan<byte> name) =>
        reader.TryGetAttribute(name, out var value) ? value.ToString() : null;

    /// <summary>A version; null for what is none. "1.10" is above "1.9": two integers, leading zeros ignored (RFC 6120 §4.7.5).</summary>
    public static (int Major, int Minor)? ParseVersion(string? value)
    {
        var dot = value?.IndexOf('.') ?? -1;
        return dot > 0
            && int.TryParse(value.AsSpan(0, dot), System.Globalization.NumberStyles.None, null, out var major)
            && int.TryParse(value.AsSpan(dot + 1), System.Globalization.NumberStyles.None, null, out var minor)
            ? (major, minor)
            : null;
    }
}
