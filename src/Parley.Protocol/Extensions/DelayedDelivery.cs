using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>When a stanza was sent that is delivered late (XEP-0203 2.0).</summary>
/// <param name="Stamp">The time at which it was sent.</param>
/// <param name="From">Who sent it or who delayed it, or null.</param>
/// <param name="Reason">Why, for people, or null.</param>
public sealed record DelayedDelivery(DateTimeOffset Stamp, Jid? From = null, string? Reason = null)
{
    public const string Namespace = "urn:xmpp:delay";

    public static readonly XmlName Name = new("delay", Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: the stamp is missing, or no time in UTC; jid-malformed: <c>from</c> is no address.</exception>
    public static DelayedDelivery Parse(XmlElement element)
    {
        if (!DateTimeProfile.TryParse(element.RequiredAttribute("stamp"), out var stamp) || stamp.Offset != TimeSpan.Zero)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "The stamp is no time in UTC.");
        }

        return new DelayedDelivery(stamp, element.OptionalJid("from"), element.Text.Trim() is { Length: > 0 } reason ? reason : null);
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("from", From?.ToString()).Attribute("stamp", DateTimeProfile.Format(Stamp));
        if (Reason is not null)
        {
            writer.Text(Reason);
        }

        writer.End();
    }
}
