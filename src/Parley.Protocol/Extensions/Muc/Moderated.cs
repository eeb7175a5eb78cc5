using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>Which moderator did what is said around it (XEP-0425 0.3 §3.1, §4).</summary>
/// <param name="By">His address in the room, or null where it is not told.</param>
/// <param name="OccupantId">His occupant id (XEP-0421), or null.</param>
public sealed record Moderated(Jid? By = null, string? OccupantId = null)
{
    public static readonly XmlName Name = new("moderated", Moderation.Namespace);

    private static readonly XmlName Occupant = new("occupant-id", "urn:xmpp:occupant-id:0");

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">jid-malformed: <c>by</c> is no address.</exception>
    public static Moderated Parse(XmlElement element) => new(element.OptionalJid("by"), element.Child(Occupant)?.Attribute("id"));

    /// <summary>Reads the element inside another; null when there is none.</summary>
    /// <exception cref="StanzaException">As <see cref="Parse"/> does.</exception>
    public static Moderated? In(XmlElement parent) => parent.Child(Name) is { } element ? Parse(element) : null;

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("by", By?.ToString());
        if (OccupantId is not null)
        {
            writer.Start(Occupant).Attribute("id", OccupantId).End();
        }

        writer.End();
    }
}
