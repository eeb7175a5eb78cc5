using System.Buffers;
using System.Text;
using Parley.Protocol.Addressing;

namespace Parley.Protocol.Sasl;

/// <summary>How names and passwords are made comparable before they are hashed or looked up.</summary>
internal static class SaslPreparation
{
    private static readonly SearchValues<char> NeverInLocalparts = SearchValues.Create("\"&'/:<>@");

    /// <summary>
    /// The password as it is hashed, or null where no password can look like this. PRECIS (RFC 8265 §4.2) takes the place of the
    /// SASLprep of RFC 5802; the two agree on every password in common use.
    /// </summary>
    public static string? Password(string password) => Precis.OpaqueString.TryEnforce(password, out string? prepared) ? prepared : null;

    /// <summary>The localpart that is looked up, or null where no account can have this name (RFC 7622 §3.3).</summary>
    public static string? Username(string username) =>
        Precis.UsernameCaseMapped.TryEnforce(username, out string? prepared)
        && Encoding.UTF8.GetByteCount(prepared) <= Jid.MaxPartLength
        && !prepared.AsSpan().ContainsAny(NeverInLocalparts)
            ? prepared
            : null;
}
