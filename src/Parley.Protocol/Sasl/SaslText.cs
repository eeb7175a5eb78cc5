using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>The UTF-8 of SASL messages, where bad bytes are an error and never replaced.</summary>
internal static class SaslText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads text.</summary>
    /// <exception cref="SaslException">malformed-request: not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw SaslException.Malformed("not UTF-8");
        }
    }

    public static byte[] Encode(string text) => Strict.GetBytes(text);
}
