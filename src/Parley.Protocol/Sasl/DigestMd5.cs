using System.Security.Cryptography;
using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>The directives and the arithmetic of DIGEST-MD5 (RFC 2831 §2.1.2.1, §7.1), shared by both sides.</summary>
internal static class DigestMd5
{
    public const string FirstUse = "00000001";

    /// <summary>Reads <c>name=value</c> or <c>name="value"</c> pairs.</summary>
    /// <exception cref="SaslException">malformed-request: not directives, or one of them twice.</exception>
    public static Dictionary<string, string> Parse(string text)
    {
        var directives = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        int at = 0;
        while (true)
        {
            SkipBlanks(text, ref at);
            int equals = text.IndexOf('=', at);
            if (equals <= at)
                throw SaslException.Malformed("not a directive");
            string name = text[at..equals].TrimEnd();
            if (name.AsSpan().ContainsAny(" ,\"\0"))
                throw SaslException.Malformed("not a directive");
            at = equals + 1;
            string value = Value(text, ref at);
            if (!directives.TryAdd(name, value))
                throw SaslException.Malformed($"{name} twice");
            SkipBlanks(text, ref at);
            if (at == text.Length)
                return directives;
            if (text[at++] != ',')
                throw SaslException.Malformed("not a directive");
        }
    }

    public static string Quote(string value) =>
        '"' + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    /// <summary>The <c>response</c> of the client, or with <paramref name="rspauth"/> the server's answer to it.</summary>
    public static string Response(byte[] secret, string nonce, string cnonce, string? authzid, string digestUri, bool rspauth)
    {
        string suffix = authzid is null ? "" : ":" + authzid;
        string a1 = Hash([.. secret, .. Encoding.UTF8.GetBytes($":{nonce}:{cnonce}{suffix}")]);
        string a2 = Hash(Encoding.UTF8.GetBytes($"{(rspauth ? "" : "AUTHENTICATE")}:{digestUri}"));
        return Hash(Encoding.UTF8.GetBytes($"{a1}:{nonce}:{FirstUse}:{cnonce}:auth:{a2}"));
    }

    private static string Hash(byte[] data) => Convert.ToHexStringLower(MD5.HashData(data));

    private static void SkipBlanks(string text, ref int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
            at++;
    }

    private static string Value(string text, ref int at)
    {
        int start = at;
        if (at == text.Length || text[at] != '"')
        {
            while (at < text.Length && text[at] is not (',' or ' ' or '\t' or '"' or '\0'))
                at++;
            return at > start ? text[start..at] : throw SaslException.Malformed("empty directive");
        }

        var value = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return value.ToString();
            }

            if (text[at] == '\\' && ++at == text.Length)
                break;
            value.Append(text[at]);
        }

        throw SaslException.Malformed("quote not closed");
    }
}
