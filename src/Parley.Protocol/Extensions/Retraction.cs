using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>A request to forget a message that was sent before (XEP-0424 0.4 §3).</summary>
/// <param name="Id">The id attribute of that message; from a room, the stanza-id that the room gave it.</param>
/// <param name="Moderated">Which moderator of a room did it (XEP-0425 0.3 §3.1); null where the sender did.</param>
/// <param name="Reason">Why, for people, or null.</param>
public sealed record Retraction(string Id, Moderated? Moderated = null, string? Reason = null)
{
    public const string Namespace = "urn:xmpp:message-retract:1";

    /// <summary>The feature of an archive that leaves a tombstone (§4).</summary>
    public const string TombstoneFeature = "urn:xmpp:message-retract:1#tombstone";

    public static readonly XmlName Name = new("retract", Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: the id is missing; as <see cref="Moderated.Parse"/> does.</exception>
    public static Retraction Parse(XmlElement element) =>
        new(element.RequiredAttribute("id"), Moderated.In(element), element.Child("reason", Namespace)?.Text);

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("id", Id);
        WriteModeration(writer, Moderated, Reason);
        writer.End();
    }

    internal static void WriteModeration(Utf8XmlWriter writer, Moderated? moderated, string? reason)
    {
        moderated?.WriteTo(writer);
        if (reason is not null)
        {
            writer.Element("reason", null, reason);
        }
    }
}

/// <summary>What is left of a message that was retracted (XEP-0424 §4): a tombstone.</summary>
/// <param name="Id">The id attribute of the message that retracted it; null only where a moderator did it without one (XEP-0425 0.3 §4).</param>
/// <param name="Stamp">When that happened, or null.</param>
/// <param name="By">Who did it, where it was not the sender; or null.</param>
/// <param name="Moderated">Which moderator of a room did it; null where the sender did.</param>
/// <param name="Reason">Why, for people, or null.</param>
public sealed record Retracted(string? Id, DateTimeOffset? Stamp = null, Jid? By = null, Moderated? Moderated = null, string? Reason = null)
{
    public static readonly XmlName Name = new("retracted", Retraction.Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: the id is missing, or the stamp is no time; jid-malformed: <c>by</c> is no address.</exception>
    public static Retracted Parse(XmlElement element)
    {
        DateTimeOffset? stamp = null;
        if (element.Attribute("stamp") is { } text)
        {
            stamp = DateTimeProfile.TryParse(text, out var moment) ? moment : throw new StanzaException(StanzaErrorCondition.BadRequest, "The stamp is no time.");
        }

        var moderated = Moderated.In(element);
        return new Retracted(
            moderated is null ? element.RequiredAttribute("id") : element.Attribute("id"),
            stamp,
            element.OptionalJid("by"),
            moderated,
            element.Child("reason", Retraction.Namespace)?.Text);
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("by", By?.ToString()).Attribute("id", Id)
            .Attribute("stamp", Stamp is { } stamp ? DateTimeProfile.Format(stamp) : null);
        Retraction.WriteModeration(writer, Moderated, Reason);
        writer.End();
    }
}
