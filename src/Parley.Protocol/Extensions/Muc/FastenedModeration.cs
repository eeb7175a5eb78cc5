using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>Moderation as XEP-0425 had it before its version 0.3: what is asked and announced is fastened to the message that it is about (XEP-0422).</summary>
/// <remarks>Clients of that time ask and understand nothing else. What they say is the same as <see cref="Moderation"/>, <see cref="Retraction"/> and <see cref="Retracted"/> do.</remarks>
public static class FastenedModeration
{
    public const string Namespace = "urn:xmpp:message-moderate:0";

    /// <summary>What fastens (XEP-0422 §3.1).</summary>
    public static readonly XmlName ApplyTo = new("apply-to", "urn:xmpp:fasten:0");

    /// <summary>What a moderator asks for.</summary>
    public static readonly XmlName Moderate = new("moderate", Namespace);

    /// <summary>Which moderator did what is said in it.</summary>
    public static readonly XmlName Moderated = new("moderated", Namespace);

    private const string RetractionNamespace = "urn:xmpp:message-retract:0";
    private static readonly XmlName Retract = new("retract", RetractionNamespace);
    private static readonly XmlName Retracted = new("retracted", RetractionNamespace);

    /// <summary>Reads a request out of what is fastened; null when it is something else than moderation.</summary>
    /// <param name="applyTo">The <c>apply-to</c> (XEP-0425 0.2 §3).</param>
    /// <exception cref="StanzaException">bad-request: the id is missing; feature-not-implemented: something else than a retraction is asked for.</exception>
    public static Moderation? Parse(XmlElement applyTo)
    {
        if (applyTo.Child(Moderate) is not { } asked)
        {
            return null;
        }

        var id = applyTo.RequiredAttribute("id");
        return asked.Child(Retract) is not null
            ? new Moderation(id, asked.Child("reason", Namespace)?.Text)
            : throw new StanzaException(StanzaErrorCondition.FeatureNotImplemented, "Messages can be retracted, and nothing else.");
    }

    /// <summary>Whether something fastened says that a moderator did it, which only a room may say.</summary>
    public static bool IsAnnouncement(XmlElement applyTo) => applyTo.Child(Moderated) is not null;

    /// <summary>Writes what a room tells everybody (§3.1).</summary>
    /// <param name="writer">What it is written to.</param>
    /// <param name="id">The stanza-id of the retracted message.</param>
    /// <param name="by">The moderator's address in the room.</param>
    /// <param name="reason">Why, for people, or null.</param>
    public static void WriteAnnouncement(Utf8XmlWriter writer, string id, Jid by, string? reason)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(by);
        writer.Start(ApplyTo).Attribute("id", id).Start(Moderated).Attribute("by", by.ToString()).Element(Retract);
        WriteReason(writer, reason);
        writer.End().End();
    }

    /// <summary>Writes what is left of a message (§4).</summary>
    /// <param name="writer">What it is written to.</param>
    /// <param name="by">The moderator's address in the room, and his occupant id.</param>
    /// <param name="stamp">When it was retracted.</param>
    /// <param name="reason">Why, for people, or null.</param>
    public static void WriteTombstone(Utf8XmlWriter writer, Moderated by, DateTimeOffset stamp, string? reason)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(by);
        writer.Start(Moderated).Attribute("by", by.By?.ToString());
        if (by.OccupantId is not null)
        {
            OccupantId.Write(writer, by.OccupantId);
        }

        writer.Start(Retracted).Attribute("stamp", DateTimeProfile.Format(stamp)).End();
        WriteReason(writer, reason);
        writer.End();
    }

    private static void WriteReason(Utf8XmlWriter writer, string? reason)
    {
        if (reason is not null)
        {
            writer.Element("reason", null, reason);
        }
    }
}
