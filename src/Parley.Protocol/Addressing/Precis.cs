using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>The profiles of PRECIS (RFC 8264) that XMPP uses.</summary>
public static class Precis
{
    /// <summary>
    /// Whether strings beyond ASCII can be prepared in this process. They are all refused where it runs with
    /// <c>InvariantGlobalization</c>, since the base class library does not normalize then.
    /// </summary>
    public static bool SupportsUnicode => UnicodeSupport.Normalizes;

    /// <summary>User names without regard to case (RFC 8265 §3.3).</summary>
    public static PrecisProfile UsernameCaseMapped { get; } =
        new(PrecisRules.Identifier | PrecisRules.MapWidth | PrecisRules.MapCase | PrecisRules.CheckDirection);

    /// <summary>User names with regard to case (RFC 8265 §3.4).</summary>
    public static PrecisProfile UsernameCasePreserved { get; } =
        new(PrecisRules.Identifier | PrecisRules.MapWidth | PrecisRules.CheckDirection);

    /// <summary>Passwords, and the resources of addresses (RFC 8265 §4.2).</summary>
    public static PrecisProfile OpaqueString { get; } = new(PrecisRules.MapSpaces);

    /// <summary>Nicknames, as in rooms (RFC 8266 §2.3).</summary>
    public static PrecisProfile Nickname { get; } =
        new(PrecisRules.MapSpaces | PrecisRules.CollapseSpaces, NormalizationForm.FormKC);

    /// <summary>The form by which nicknames are compared, never shown: without regard to case (RFC 8266 §2.4).</summary>
    public static PrecisProfile NicknameComparison { get; } =
        new(PrecisRules.MapSpaces | PrecisRules.CollapseSpaces | PrecisRules.MapCase, NormalizationForm.FormKC);
}
