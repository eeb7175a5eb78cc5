using System.Buffers;
using System.Text;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>A stanza inside another (XEP-0297 1.0): complete, its addresses and id among it, and with the namespace that it had.</summary>
/// <param name="Stanza">The stanza that is forwarded. Nothing proves that it is genuine: only the extension around it can (XEP-0297 §7.1).</param>
/// <param name="Delay">When the forwarding entity received it, or null.</param>
public sealed record Forwarded(Stanza Stanza, DelayedDelivery? Delay = null)
{
    public const string Namespace = "urn:xmpp:forward:0";

    public static readonly XmlName Name = new("forwarded", Namespace);
    private static readonly string[] ContentNamespaces = [Namespaces.Client, Namespaces.Server];

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: it does not hold exactly one stanza, or the delay is none.</exception>
    public static Forwarded Parse(XmlElement element)
    {
        Stanza? found = null;
        foreach (var child in element.Children)
        {
            if (ReadStanza(child) is { } stanza)
            {
                found = found is null ? stanza : throw new StanzaException(StanzaErrorCondition.BadRequest, "More than one stanza is forwarded.");
            }
        }

        return new Forwarded(
            found ?? throw new StanzaException(StanzaErrorCondition.BadRequest, "No stanza is forwarded."),
            element.Child(DelayedDelivery.Name) is { } delay ? DelayedDelivery.Parse(delay) : null);
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name);
        Delay?.WriteTo(writer);
        var stanza = new ArrayBufferWriter<byte>(Stanza.Size + 32);
        Stanza.WriteStandaloneTo(stanza);
        writer.Raw(stanza.WrittenSpan).End();
    }

    /// <summary>Writes the element without making one: for what forwards much.</summary>
    /// <param name="output">Where the bytes go; the element declares its namespace.</param>
    /// <param name="stanza">The stanza.</param>
    /// <param name="received">When it was received, or null for no delay.</param>
    public static void Write(IBufferWriter<byte> output, Stanza stanza, DateTimeOffset? received = null)
    {
        Open(output, received);
        stanza.WriteStandaloneTo(output);
        output.Write("</forwarded>"u8);
    }

    /// <summary>Writes the element around a stanza that was stored.</summary>
    /// <param name="output">Where the bytes go; the element declares its namespace.</param>
    /// <param name="stored">What <see cref="Stanza.ToBytes"/> gave; trusted as it is.</param>
    /// <param name="received">When it was received, or null for no delay.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> stored, DateTimeOffset? received)
    {
        Open(output, received);

        // The declaration belongs behind the name, which ends at the first of these.
        var nameEnd = stored.IndexOfAny(" />"u8);
        output.Write(stored[..nameEnd]);
        output.Write(" xmlns='jabber:client'"u8);
        output.Write(stored[nameEnd..]);
        output.Write("</forwarded>"u8);
    }

    private static void Open(IBufferWriter<byte> output, DateTimeOffset? received)
    {
        output.Write("<forwarded xmlns='urn:xmpp:forward:0'>"u8);
        if (received is { } stamp)
        {
            output.Write("<delay xmlns='urn:xmpp:delay' stamp='"u8);
            Encoding.UTF8.GetBytes(DateTimeProfile.Format(stamp), output);
            output.Write("'/>"u8);
        }
    }

    private static Stanza? ReadStanza(XmlElement element)
    {
        foreach (var content in ContentNamespaces)
        {
            if (element.NamespaceUri == content)
            {
                return Stanza.Read(element.ToStandaloneBytes(content), new StanzaContext(content, new XmlNamespaces(content)));
            }
        }

        return null;
    }
}
