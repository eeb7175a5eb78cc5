using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>A moderator asks a room to retract a message of somebody's (XEP-0425 0.3 §3). The answer is an empty result, and a <see cref="Retraction"/> for all.</summary>
/// <param name="Id">The stanza-id that the room gave the message.</param>
/// <param name="Reason">Why, for people, or null.</param>
public sealed record Moderation(string Id, string? Reason = null)
{
    public const string Namespace = "urn:xmpp:message-moderate:1";

    public static readonly XmlName Name = new("moderate", Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: the id is missing; feature-not-implemented: something else than a retraction is asked for.</exception>
    public static Moderation Parse(XmlElement element)
    {
        var id = element.RequiredAttribute("id");
        return element.Child(Retraction.Name) is not null
            ? new Moderation(id, element.Child("reason", Namespace)?.Text)
            : throw new StanzaException(StanzaErrorCondition.FeatureNotImplemented, "Messages can be retracted, and nothing else.");
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("id", Id).Element(Retraction.Name);
        if (Reason is not null)
        {
            writer.Element("reason", null, Reason);
        }

        writer.End();
    }
}
