using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>Reads what a payload has to have. These are the conventions for all payloads, said once.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>A required attribute or child that is missing or empty is a bad-request (RFC 6120 §8.3.3.1: the sender must change the request).</item>
/// <item>A value outside its set or range, such as an unknown enumeration or text where a number belongs, is a bad-request too.</item>
/// <item>An address that is none is jid-malformed (RFC 6120 §8.3.3.8).</item>
/// <item>More than a limit of ours allows is a policy-violation (RFC 6120 §8.3.3.12).</item>
/// <item>A data form that is well-made but says what is not allowed is not-acceptable (XEP-0004 §4).</item>
/// <item>Attributes and children that are not known are ignored (RFC 6120 §8.4).</item>
/// </list>
/// All are thrown as <see cref="StanzaException"/>, which the engine turns into the reply. A specification that names another condition
/// for a case has its way.
/// </remarks>
public static class RequestContent
{
    /// <summary>The value of an attribute.</summary>
    /// <exception cref="StanzaException">bad-request: it is missing or empty.</exception>
    public static string RequiredAttribute(this XmlElement element, string name) =>
        element.Attribute(name) is { Length: > 0 } value ? value : throw Missing(element, name);

    /// <summary>The address in an attribute.</summary>
    /// <exception cref="StanzaException">bad-request: it is missing or empty; jid-malformed: it is no address.</exception>
    public static Jid RequiredJid(this XmlElement element, string name = "jid") =>
        Jid.TryParse(element.RequiredAttribute(name), out var jid) ? jid : throw Malformed(name);

    /// <summary>The address in an attribute that may be missing.</summary>
    /// <exception cref="StanzaException">jid-malformed: it is there but no address.</exception>
    public static Jid? OptionalJid(this XmlElement element, string name = "jid") =>
        element.Attribute(name) is not { } value ? null
        : Jid.TryParse(value, out var jid) ? jid
        : throw Malformed(name);

    /// <summary>The first child of that name.</summary>
    /// <exception cref="StanzaException">bad-request: there is none.</exception>
    public static XmlElement RequiredChild(this XmlElement element, XmlName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return element.Child(name) ?? throw new StanzaException(StanzaErrorCondition.BadRequest, $"<{element.LocalName}/> needs a child <{name.Local}/>.");
    }

    private static StanzaException Missing(XmlElement element, string name) =>
        new(StanzaErrorCondition.BadRequest, $"<{element.LocalName}/> needs an attribute '{name}'.");

    private static StanzaException Malformed(string name) =>
        new(StanzaErrorCondition.JidMalformed, $"The attribute '{name}' is no address.");
}
