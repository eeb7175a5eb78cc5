using System.Buffers;
using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Stanzas;

/// <summary>A stanza as it is routed: the envelope read, the payload kept as the bytes that arrived (RFC 6120 §8).</summary>
/// <remarks>
/// Immutable, and safe to keep: its memory is a plain array of its own. The payload stands alone in the stanza's content
/// namespace: it leans on no prefix declared outside it, so it may be written into any stream after a fresh open tag.
/// </remarks>
public sealed partial class Stanza
{
    internal Stanza(StanzaKind kind, StanzaType type, ReadOnlyMemory<byte> payload, StanzaChild[] children)
    {
        Kind = kind;
        Type = type;
        Payload = payload;
        Children = children;
    }

    private Stanza(Stanza other)
    {
        Kind = other.Kind;
        Type = other.Type;
        From = other.From;
        To = other.To;
        IsToMalformed = other.IsToMalformed;
        IsFromMalformed = other.IsFromMalformed;
        Id = other.Id;
        Language = other.Language;
        Payload = other.Payload;
        Children = other.Children;
    }

    public StanzaKind Kind { get; }

    public StanzaType Type { get; private init; }

    /// <summary>The sender; on what a client sent, as it claimed it until the session stamps it (RFC 6120 §8.1.2.1).</summary>
    public Jid? From { get; internal init; }

    /// <summary>The intended recipient, or null (RFC 6120 §8.1.1.1).</summary>
    public Jid? To { get; internal init; }

    /// <summary>Whether <c>to</c> was there but is no address; <see cref="To"/> is then null.</summary>
    public bool IsToMalformed { get; internal init; }

    /// <summary>Whether <c>from</c> was there but is no address; <see cref="From"/> is then null.</summary>
    public bool IsFromMalformed { get; internal init; }

    /// <summary>The id, escaped for an attribute in single quotes; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Id { get; internal init; }

    /// <summary>Whether there is an id (an empty one counts as none).</summary>
    public bool HasId => !Id.IsEmpty;

    /// <summary>The xml:lang of the open tag, escaped likewise; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Language { get; internal init; }

    /// <summary>All that stands between the stanza's tags.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The child elements of the payload, in order.</summary>
    public IReadOnlyList<StanzaChild> Children { get; }

    /// <summary>An error reply must never be answered with an error (RFC 6120 §8.3.1).</summary>
    public bool IsError => Type == StanzaType.Error;

    /// <summary>An iq that asks for an answer.</summary>
    public bool IsRequest => Kind == StanzaKind.Iq && Type is StanzaType.Get or StanzaType.Set;

    /// <summary>About how many bytes it takes in memory and on the wire.</summary>
    public int Size => Payload.Length + Id.Length + Language.Length + (From?.Utf8.Length ?? 0) + (To?.Utf8.Length ?? 0) + 64;

    /// <summary>Reads a whole top-level element as a stanza.</summary>
    /// <param name="element">The element's bytes, as the scanner delimits them; they are copied.</param>
    /// <param name="context">What the stream's header declared.</param>
    /// <returns>The stanza, or null when the element is not one: another name, or outside the content namespace.</returns>
    /// <exception cref="Streams.StreamException">The element is not well-formed.</exception>
    public static Stanza? Read(ReadOnlySpan<byte> element, StanzaContext context) => StanzaReader.Read(element, context);

    /// <summary>Makes a stanza of the server's or client's own.</summary>
    /// <param name="kind">Message, presence or iq.</param>
    /// <param name="type">The type attribute.</param>
    /// <param name="id">The id, or null.</param>
    /// <param name="write">Writes the payload, in the content namespace jabber:client; null for none.</param>
    public static Stanza Create(StanzaKind kind, StanzaType type, Jid? from, Jid? to, string? id = null, Action<Utf8XmlWriter>? write = null)
    {
        var payload = write is null ? [] : XmlFragment.Build(write, Namespaces.Client);
        return new Stanza(kind, type, payload, StanzaReader.Children(payload)) { From = from, To = to, Id = Escape(id) };
    }

    /// <summary>The result of this iq request, addressed back to its sender (RFC 6120 §8.2.3).</summary>
    public Stanza Result(Action<Utf8XmlWriter>? write = null)
    {
        var payload = write is null ? [] : XmlFragment.Build(write, Namespaces.Client);
        return new Stanza(Kind, StanzaType.Result, payload, StanzaReader.Children(payload)) { From = To, To = From, Id = Id };
    }

    /// <summary>The error reply to this stanza, addressed back to its sender (RFC 6120 §8.3.1). The sender's payload is not echoed.</summary>
    /// <remarks>
    /// But for one element: the reply to a presence that enters a room has an empty <c>x</c>, as a room's own refusal has (XEP-0045 §7.2.5 and others).
    /// By it clients tell an entry that failed from another presence that came back.
    /// </remarks>
    public Stanza ErrorReply(StanzaError error)
    {
        var entersRoom = Kind == StanzaKind.Presence && HasChild("x"u8, "http://jabber.org/protocol/muc"u8);
        var payload = XmlFragment.Build(
            writer =>
            {
                if (entersRoom)
                {
                    writer.Element("x", "http://jabber.org/protocol/muc");
                }

                error.WriteTo(writer);
            },
            Namespaces.Client);
        return new Stanza(Kind, StanzaType.Error, payload, StanzaReader.Children(payload)) { From = To, To = From, Id = Id };
    }

    /// <summary>The same stanza with other addresses.</summary>
    public Stanza WithAddresses(Jid? from, Jid? to) =>
        ReferenceEquals(from, From) && ReferenceEquals(to, To) ? this : new Stanza(this) { From = from, To = to };

    /// <summary>The same stanza with another id.</summary>
    public Stanza WithId(string id) => new(this) { Id = Escape(id) };

    /// <summary>The same stanza with the language of its stream, when it has none of its own (RFC 6120 §8.1.5).</summary>
    public Stanza WithDefaultLanguage(ReadOnlyMemory<byte> escaped) =>
        escaped.IsEmpty || !Language.IsEmpty ? this : new Stanza(this) { Language = escaped };

    /// <summary>The same stanza with another payload, which stands alone in jabber:client.</summary>
    public Stanza WithPayload(ReadOnlyMemory<byte> payload) =>
        new(Kind, Type, payload, StanzaReader.Children(payload))
        {
            From = From,
            To = To,
            Id = Id,
            Language = Language,
            IsToMalformed = IsToMalformed,
            IsFromMalformed = IsFromMalformed,
        };

    /// <summary>The same stanza with an element written after its payload.</summary>
    public Stanza WithAppended(Action<Utf8XmlWriter> write)
    {
        var output = new ArrayBufferWriter<byte>(Payload.Length + 128);
        output.Write(Payload.Span);
        write(new Utf8XmlWriter(output, Namespaces.Client));
        return WithPayload(output.WrittenMemory.ToArray());
    }

    /// <summary>Whether a child of this name is there.</summary>
    public bool HasChild(ReadOnlySpan<byte> localName, ReadOnlySpan<byte> namespaceUri)
    {
        foreach (var child in (StanzaChild[])Children)
        {
            if (child.Is(localName, namespaceUri))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first child of this name, parsed; null when there is none.</summary>
    public XmlElement? Child(XmlName name)
    {
        foreach (var child in (StanzaChild[])Children)
        {
            if (child.Is(name.LocalUtf8, name.NamespaceUtf8))
            {
                return Element(child);
            }
        }

        return null;
    }

    /// <summary>A child, parsed.</summary>
    public XmlElement Element(StanzaChild child) =>
        XmlElement.Parse(Payload.Slice(child.Start, child.Length), StanzaContext.ClientContent);

    /// <summary>Writes the stanza, the content namespace being the stream's default one.</summary>
    public void WriteTo(IBufferWriter<byte> output) => StanzaOutput.Write(this, From, To, output);

    /// <summary>Writes the stanza with other addresses: for a payload that goes to many.</summary>
    public void WriteTo(IBufferWriter<byte> output, Jid? from, Jid? to) => StanzaOutput.Write(this, from, to, output);

    /// <summary>Writes the stanza where jabber:client is not the default namespace: inside an element of another one.</summary>
    public void WriteStandaloneTo(IBufferWriter<byte> output) => WriteStandaloneTo(output, From, To);

    /// <inheritdoc cref="WriteStandaloneTo(IBufferWriter{byte})"/>
    /// <param name="output">Where it is written.</param>
    /// <param name="from">Its sender there.</param>
    /// <param name="to">Its recipient there.</param>
    public void WriteStandaloneTo(IBufferWriter<byte> output, Jid? from, Jid? to) => StanzaOutput.Write(this, from, to, output, " xmlns='jabber:client'"u8);

    /// <summary>The whole element without a declaration of its content namespace, as it is kept in a store; <see cref="StanzaContext.Client"/> reads it back.</summary>
    public byte[] ToBytes()
    {
        var output = new ArrayBufferWriter<byte>(Size);
        WriteTo(output);
        return output.WrittenSpan.ToArray();
    }

    private static ReadOnlyMemory<byte> Escape(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return default;
        }

        var output = new ArrayBufferWriter<byte>(value.Length);
        Utf8XmlWriter.EscapeAttribute(System.Text.Encoding.UTF8.GetBytes(value), output);
        return output.WrittenMemory;
    }
}
