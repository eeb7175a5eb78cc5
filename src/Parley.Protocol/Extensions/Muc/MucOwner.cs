using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>What owners ask of a room and are answered: its configuration form, or to destroy it (XEP-0045 1.35 §10).</summary>
/// <param name="Form">The form, empty or filled out; null for none.</param>
/// <param name="Destruction">How the room is to be destroyed; null when it is not.</param>
public sealed record MucOwner(DataForm? Form = null, MucDestruction? Destruction = null)
{
    public const string Namespace = "http://jabber.org/protocol/muc#owner";

    public static readonly XmlName Name = new("query", Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: it has both, or a form that is none; as <see cref="DataForm.Parse"/> and <see cref="MucDestruction.Parse"/> otherwise.</exception>
    public static MucOwner Parse(XmlElement query)
    {
        var owner = new MucOwner(DataForm.In(query), query.Child("destroy", Namespace) is { } destroy ? MucDestruction.Parse(destroy) : null);
        return owner.Form is null || owner.Destruction is null
            ? owner
            : throw new StanzaException(StanzaErrorCondition.BadRequest, "A room is configured or destroyed, not both.");
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name);
        Form?.WriteTo(writer);
        Destruction?.WriteTo(writer);
        writer.End();
    }
}

/// <summary>A room's end (XEP-0045 1.35 §10.9): in muc#owner as an owner asks for it, in muc#user as occupants are told.</summary>
/// <param name="Venue">The room to go to instead, or null.</param>
/// <param name="Reason">Why, for people, or null.</param>
/// <param name="Password">The password of the other room, or null.</param>
public sealed record MucDestruction(Jid? Venue = null, string? Reason = null, string? Password = null)
{
    /// <summary>Reads the element, whatever its namespace.</summary>
    /// <exception cref="StanzaException">jid-malformed: the other room's address is none.</exception>
    public static MucDestruction Parse(XmlElement element) => new(
        element.OptionalJid(), element.Child("reason", element.NamespaceUri)?.Text, element.Child("password", element.NamespaceUri)?.Text);

    /// <summary>Writes the element in the namespace of the element around it.</summary>
    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start("destroy").Attribute("jid", Venue?.ToString());
        if (Password is not null)
        {
            writer.Element("password", null, Password);
        }

        if (Reason is not null)
        {
            writer.Element("reason", null, Reason);
        }

        writer.End();
    }
}
