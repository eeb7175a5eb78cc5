using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Federation;

/// <summary>How a dialback ended: valid, invalid, or with an error that says nothing of the key (XEP-0220 §2.4).</summary>
/// <param name="IsValid">Whether the domain is the peer's.</param>
/// <param name="Error">Why that could not be found out; null where it was.</param>
internal readonly record struct DialbackOutcome(bool IsValid, StanzaError? Error)
{
    internal static DialbackOutcome Valid => new(true, null);

    internal static DialbackOutcome Invalid => new(false, null);

    internal static DialbackOutcome Failed(StanzaErrorCondition condition, string? text = null) => new(false, new StanzaError(condition, text));

    /// <summary>Reads the type of an answer; null when it has none that there is.</summary>
    internal static DialbackOutcome? Read(XmlElement answer) => answer.Attribute("type") switch
    {
        "valid" => Valid,
        "invalid" => Invalid,
        "error" => Failed(StanzaErrorCondition.RemoteServerTimeout),
        _ => null,
    };
}
