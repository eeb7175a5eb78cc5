using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>What a room says of an occupant or a user, and what is asked to be changed of him: an <c>item</c> (XEP-0045 1.35 §17.2, §17.3).</summary>
public sealed record MucItem
{
    /// <summary>The affiliation, or null where it is not said.</summary>
    public MucAffiliation? Affiliation { get; init; }

    /// <summary>The role, or null where it is not said.</summary>
    public MucRole? Role { get; init; }

    /// <summary>The real address, or null where it is not said.</summary>
    public Jid? Jid { get; init; }

    /// <summary>A nickname: the new one, or a reserved one; null for none.</summary>
    public string? Nickname { get; init; }

    /// <summary>Who did it: his nickname, or null.</summary>
    public string? ActorNickname { get; init; }

    /// <summary>Who did it: his bare JID, or null.</summary>
    public Jid? ActorJid { get; init; }

    /// <summary>Why, for people, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>Reads an item, whatever its namespace.</summary>
    /// <exception cref="StanzaException">bad-request: an affiliation or a role that there is not; jid-malformed: an address that is none.</exception>
    public static MucItem Parse(XmlElement item)
    {
        var ns = item.NamespaceUri;
        var actor = item.Child("actor", ns);
        return new MucItem
        {
            Affiliation = item.Attribute("affiliation") is { } affiliation ? MucNames.ParseAffiliation(affiliation) : null,
            Role = item.Attribute("role") is { } role ? MucNames.ParseRole(role) : null,
            Jid = item.OptionalJid(),
            Nickname = item.Attribute("nick"),
            ActorNickname = actor?.Attribute("nick"),
            ActorJid = actor?.OptionalJid(),
            Reason = item.Child("reason", ns)?.Text,
        };
    }

    /// <summary>Writes the item in the namespace of the element around it.</summary>
    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start("item")
            .Attribute("affiliation", Affiliation is { } affiliation ? MucNames.Of(affiliation) : null)
            .Attribute("jid", Jid?.ToString())
            .Attribute("nick", Nickname)
            .Attribute("role", Role is { } role ? MucNames.Of(role) : null);
        if (ActorNickname is not null || ActorJid is not null)
        {
            writer.Start("actor").Attribute("jid", ActorJid?.ToString()).Attribute("nick", ActorNickname).End();
        }

        if (Reason is not null)
        {
            writer.Element("reason", null, Reason);
        }

        writer.End();
    }
}
