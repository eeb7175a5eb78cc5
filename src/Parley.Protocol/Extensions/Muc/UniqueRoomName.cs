using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>A name that no room of a service has, asked for and given (XEP-0307 0.1).</summary>
public static class UniqueRoomName
{
    public const string Namespace = "http://jabber.org/protocol/muc#unique";

    public static readonly XmlName Name = new("unique", Namespace);

    /// <summary>The localpart in an answer; null when there is none, as in a request.</summary>
    public static string? Parse(XmlElement element) => element.Text.Trim() is { Length: > 0 } name ? name : null;

    /// <summary>Writes the element: an answer with a localpart, a request with null.</summary>
    public static void Write(Utf8XmlWriter writer, string? local)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Element(Name, local);
    }
}
