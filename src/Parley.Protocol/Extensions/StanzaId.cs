using System.Buffers;
using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>A unique and stable id that an entity on a stanza's way gave it (XEP-0359 0.7 §3.1).</summary>
/// <param name="Id">The id, unique in the scope of <paramref name="By"/>.</param>
/// <param name="By">Who gave it: an account, a room.</param>
public sealed record StanzaId(string Id, Jid By)
{
    public const string Namespace = "urn:xmpp:sid:0";

    public static readonly XmlName Name = new("stanza-id", Namespace);

    /// <summary>The id that a message's sender gave it; anybody can forge it (XEP-0359 §3.2).</summary>
    public static readonly XmlName OriginIdName = new("origin-id", Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: an attribute is missing; jid-malformed: <c>by</c> is no address.</exception>
    public static StanzaId Parse(XmlElement element) => new(element.RequiredAttribute("id"), element.RequiredJid("by"));

    /// <summary>The id that an entity gave a stanza; null when it gave none.</summary>
    public static string? Of(Stanza stanza, Jid by)
    {
        ArgumentNullException.ThrowIfNull(stanza);
        foreach (var child in stanza.Children)
        {
            if (child.Is(Name.LocalUtf8, Name.NamespaceUtf8) && stanza.Element(child) is var element && by.Equals(ByOf(element)))
            {
                return element.Attribute("id");
            }
        }

        return null;
    }

    /// <summary>The stanza without the ids that claim to be given by those that <paramref name="isOurs"/> knows as its own (XEP-0359 §4, rule 2); the same stanza when there are none.</summary>
    public static Stanza RemoveFrom(Stanza stanza, Func<Jid, bool> isOurs)
    {
        ArgumentNullException.ThrowIfNull(stanza);
        ArgumentNullException.ThrowIfNull(isOurs);
        return stanza.HasChild(Name.LocalUtf8, Name.NamespaceUtf8)
            ? stanza.Without(child => child.Is(Name.LocalUtf8, Name.NamespaceUtf8) && ByOf(stanza.Element(child)) is { } by && isOurs(by))
            : stanza;
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("by", By.ToString()).Attribute("id", Id).End();
    }

    /// <summary>The stanza with this id behind its payload.</summary>
    public Stanza AppendTo(Stanza stanza)
    {
        ArgumentNullException.ThrowIfNull(stanza);
        var output = new ArrayBufferWriter<byte>(64 + By.Utf8.Length + Id.Length);
        output.Write("<stanza-id xmlns='urn:xmpp:sid:0' by='"u8);
        Utf8XmlWriter.EscapeAttribute(By.Utf8, output);
        output.Write("' id='"u8);
        Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(Id), output);
        output.Write("'/>"u8);
        return stanza.WithAppended(Name, output.WrittenSpan);
    }

    private static Jid? ByOf(XmlElement element) => Jid.TryParse(element.Attribute("by"), out var by) ? by : null;
}
