using Parley.Protocol;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Federation;

/// <summary>How a dialback ended: valid, invalid, or with an error that says nothing of the key (XEP-0220 §2.5).</summary>
/// <param name="IsValid">Whether the domain is the peer's.</param>
/// <param name="Condition">The condition that kept it from being found out; null where it was.</param>
/// <param name="Type">What the other side may do about that.</param>
/// <param name="Text">The condition in words, or null.</param>
internal readonly record struct DialbackOutcome(bool IsValid, string? Condition, StanzaErrorType Type, string? Text)
{
    internal static DialbackOutcome Valid => new(true, null, default, null);

    internal static DialbackOutcome Invalid => new(false, null, default, null);

    /// <summary>No connection to the authoritative server. The XEP's table has a condition for it that RFC 6120 has not.</summary>
    internal static DialbackOutcome NotConnected(string? text) => new(false, "remote-connection-failed", StanzaErrorType.Cancel, text);

    /// <summary>Whether it could not be found out.</summary>
    internal bool IsError => Condition is not null;

    internal static DialbackOutcome Failed(StanzaErrorCondition condition, string? text = null) =>
        new(false, StanzaError.ConditionName(condition), StanzaError.DefaultType(condition), text);

    /// <summary>Reads the type of an answer; null when it has none that there is.</summary>
    internal static DialbackOutcome? Read(XmlElement answer) => answer.Attribute("type") switch
    {
        "valid" => Valid,
        "invalid" => Invalid,

        // Whatever it says: who is told about an error of step 3 hears of this one (§2.5).
        "error" => Failed(StanzaErrorCondition.RemoteServerNotFound),
        _ => null,
    };

    internal void WriteError(Utf8XmlWriter writer)
    {
        if (Condition is null)
        {
            return;
        }

        writer.Start("error").Attribute("type", TypeName(Type)).Element(Condition, Namespaces.StanzaErrors);
        if (Text is not null)
        {
            writer.Start("text", Namespaces.StanzaErrors).Attribute("xml:lang", "en").Text(Text).End();
        }

        writer.End();
    }

    private static string TypeName(StanzaErrorType type) => type switch
    {
        StanzaErrorType.Auth => "auth",
        StanzaErrorType.Modify => "modify",
        StanzaErrorType.Wait => "wait",
        _ => "cancel",
    };
}
