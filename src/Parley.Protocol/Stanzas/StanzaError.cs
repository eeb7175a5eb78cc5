using System.Globalization;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Stanzas;

/// <summary>A stanza error: a reply after which the stream goes on (RFC 6120 §8.3).</summary>
/// <param name="Condition">The defined condition.</param>
/// <param name="Type">What the sender may do; each condition has the type that RFC 6120 §8.3.3 gives it unless another is said.</param>
/// <param name="Text">Descriptive text for a person, or null.</param>
public sealed record StanzaError(StanzaErrorCondition Condition, StanzaErrorType Type, string? Text = null)
{
    /// <summary>An error with the type that RFC 6120 §8.3.3 recommends for its condition.</summary>
    public StanzaError(StanzaErrorCondition condition, string? text = null)
        : this(condition, DefaultType(condition), text)
    {
    }

    /// <summary>An application-specific condition (RFC 6120 §8.3.4), or null.</summary>
    public XmlName? ApplicationCondition { get; init; }

    /// <summary>The address in a <c>gone</c> or <c>redirect</c> condition (RFC 6120 §8.3.3.5, §8.3.3.14), or null.</summary>
    public string? Address { get; init; }

    /// <summary>The error's number of before XMPP (XEP-0086), or null for none.</summary>
    public int? Code { get; init; }

    /// <summary>The type that RFC 6120 §8.3.3 recommends for a condition.</summary>
    public static StanzaErrorType DefaultType(StanzaErrorCondition condition) => condition switch
    {
        StanzaErrorCondition.Forbidden or StanzaErrorCondition.NotAuthorized or StanzaErrorCondition.RegistrationRequired
            or StanzaErrorCondition.SubscriptionRequired => StanzaErrorType.Auth,
        StanzaErrorCondition.BadRequest or StanzaErrorCondition.JidMalformed or StanzaErrorCondition.NotAcceptable
            or StanzaErrorCondition.PolicyViolation or StanzaErrorCondition.Redirect => StanzaErrorType.Modify,
        StanzaErrorCondition.RecipientUnavailable or StanzaErrorCondition.RemoteServerTimeout
            or StanzaErrorCondition.ResourceConstraint or StanzaErrorCondition.UnexpectedRequest => StanzaErrorType.Wait,
        _ => StanzaErrorType.Cancel,
    };

    /// <summary>The condition's element name.</summary>
    public static string ConditionName(StanzaErrorCondition condition) => condition switch
    {
        StanzaErrorCondition.BadRequest => "bad-request",
        StanzaErrorCondition.Conflict => "conflict",
        StanzaErrorCondition.FeatureNotImplemented => "feature-not-implemented",
        StanzaErrorCondition.Forbidden => "forbidden",
        StanzaErrorCondition.Gone => "gone",
        StanzaErrorCondition.InternalServerError => "internal-server-error",
        StanzaErrorCondition.ItemNotFound => "item-not-found",
        StanzaErrorCondition.JidMalformed => "jid-malformed",
        StanzaErrorCondition.NotAcceptable => "not-acceptable",
        StanzaErrorCondition.NotAllowed => "not-allowed",
        StanzaErrorCondition.NotAuthorized => "not-authorized",
        StanzaErrorCondition.PolicyViolation => "policy-violation",
        StanzaErrorCondition.RecipientUnavailable => "recipient-unavailable",
        StanzaErrorCondition.Redirect => "redirect",
        StanzaErrorCondition.RegistrationRequired => "registration-required",
        StanzaErrorCondition.RemoteServerNotFound => "remote-server-not-found",
        StanzaErrorCondition.RemoteServerTimeout => "remote-server-timeout",
        StanzaErrorCondition.ResourceConstraint => "resource-constraint",
        StanzaErrorCondition.ServiceUnavailable => "service-unavailable",
        StanzaErrorCondition.SubscriptionRequired => "subscription-required",
        StanzaErrorCondition.UnexpectedRequest => "unexpected-request",
        _ => "undefined-condition",
    };

    /// <summary>Writes the <c>&lt;error/&gt;</c> element in the content namespace of the stanza.</summary>
    /// <param name="writer">A writer whose context namespace is the stanza's.</param>
    /// <param name="by">Who made the error, or null not to say (RFC 6120 §8.3.1).</param>
    public void WriteTo(Utf8XmlWriter writer, string? by = null)
    {
        writer.Start("error").Attribute("type", TypeName(Type)).Attribute("by", by)
            .Attribute("code", Code?.ToString(CultureInfo.InvariantCulture));
        writer.Element(ConditionName(Condition), Namespaces.StanzaErrors, Address);
        if (Text is not null)
        {
            writer.Start("text", Namespaces.StanzaErrors).Attribute("xml:lang", "en").Text(Text).End();
        }

        if (ApplicationCondition is not null)
        {
            writer.Start(ApplicationCondition).End();
        }

        writer.End();
    }

    private static string TypeName(StanzaErrorType type) => type switch
    {
        StanzaErrorType.Auth => "auth",
        StanzaErrorType.Continue => "continue",
        StanzaErrorType.Modify => "modify",
        StanzaErrorType.Wait => "wait",
        _ => "cancel",
    };
}
