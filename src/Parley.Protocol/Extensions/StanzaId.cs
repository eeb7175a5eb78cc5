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

    private static readonly SearchValues<char> Plain = SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    private const int StackBytes = 256;
    private static readonly SearchValues<byte> NeedsEscape = SearchValues.Create("&<>'\"\t\r\n"u8);

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
        return stanza.HasChild(Name.LocalUtf8, Name.NamespaceUtf8) ? Cut(stanza, isOurs) : stanza;
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
        if (By.Utf8.ContainsAny(NeedsEscape) || Id.AsSpan().ContainsAnyExcept(Plain))
        {
            return stanza.WithAppended(Name, XmlFragment.Build(WriteTo, Namespaces.Client));
        }

        // As it mostly is: of a bare address, and letters and digits.
        var length = 64 + By.Utf8.Length + Id.Length;
        var element = length <= StackBytes ? stackalloc byte[StackBytes] : new byte[length];
        var rest = element;
        Put("<stanza-id xmlns='urn:xmpp:sid:0' by='"u8, ref rest);
        Put(By.Utf8, ref rest);
        Put("' id='"u8, ref rest);
        rest = rest[Encoding.UTF8.GetBytes(Id, rest)..];
        Put("'/>"u8, ref rest);
        return stanza.WithAppended(Name, element[..^rest.Length]);
    }

    private static void Put(ReadOnlySpan<byte> bytes, ref Span<byte> rest)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    // Apart, for the closure.
    private static Stanza Cut(Stanza stanza, Func<Jid, bool> isOurs) =>
        stanza.Without(child => child.Is(Name.LocalUtf8, Name.NamespaceUtf8) && ByOf(stanza.Element(child)) is { } by && isOurs(by));

    private static Jid? ByOf(XmlElement element) => Jid.TryParse(element.Attribute("by"), out var by) ? by : null;
}
