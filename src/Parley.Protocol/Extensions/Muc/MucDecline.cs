using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>An invitation through the room is declined, also through the room (XEP-0045 1.35 §7.8.2).</summary>
/// <param name="To">Who invited: on the way to the room; null on the way from it.</param>
/// <param name="From">Who declines: on the way from the room; null on the way to it.</param>
/// <param name="Reason">Why, for people, or null.</param>
public sealed record MucDecline(Jid? To = null, Jid? From = null, string? Reason = null)
{
    public static readonly XmlName Name = new("decline", MucUser.Namespace);

    /// <summary>Reads the muc#user element of a message; null when nothing is declined in it.</summary>
    /// <exception cref="StanzaException">jid-malformed: an address is none.</exception>
    public static MucDecline? In(XmlElement user) => user.Child(Name) is { } decline
        ? new MucDecline(decline.OptionalJid("to"), decline.OptionalJid("from"), decline.Child("reason", MucUser.Namespace)?.Text)
        : null;

    /// <summary>Writes the whole muc#user element.</summary>
    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(MucUser.Name).Start("decline").Attribute("from", From?.ToString()).Attribute("to", To?.ToString());
        if (Reason is not null)
        {
            writer.Element("reason", null, Reason);
        }

        writer.End().End();
    }
}
