using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Errors on their way back through a room: neither who made them nor what they say in words may tell a real address (XEP-0045 §17.4).</summary>
internal static class RelayedErrors
{
    private static readonly XmlName Error = new("error", Namespaces.Client);

    /// <summary>The error with its type and conditions alone.</summary>
    internal static Stanza WithoutAddresses(Stanza error) => error.Child(Error) is { } element
        ? Stanza.Create(error.Kind, StanzaType.Error, error.From, error.To, error.IdText, writer => Write(writer, element))
        : error.WithPayload(default);

    /// <summary>The same, as it comes from an address in the room to one real address.</summary>
    internal static Stanza WithoutAddresses(Stanza error, Jid from, Jid to, string? id)
    {
        var plain = WithoutAddresses(error).WithAddresses(from, to);
        return id is null ? plain : plain.WithId(id);
    }

    private static void Write(Utf8XmlWriter writer, XmlElement error)
    {
        writer.Start("error").Attribute("type", error.Attribute("type") ?? "cancel");
        foreach (var child in error.Children)
        {
            if (child.NamespaceUri != Namespaces.StanzaErrors)
            {
                writer.Element(child.LocalName, child.NamespaceUri);
            }
            else if (child.LocalName != "text")
            {
                writer.Element(child.LocalName, Namespaces.StanzaErrors);
            }
        }

        writer.End();
    }
}
