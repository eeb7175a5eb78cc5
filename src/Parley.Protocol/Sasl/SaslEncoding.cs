using System.Buffers.Text;
using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>
/// The base64 of SASL elements (RFC 6120 §6.4.2, RFC 4648 §4): no white space, exact padding, no stray bits. A single
/// <c>=</c> stands for data that is present and empty.
/// </summary>
public static class SaslEncoding
{
    /// <summary>The most bytes a decoded message may have. No message of a mechanism that Parley speaks comes near.</summary>
    public const int MaxMessageLength = 4096;

    /// <summary>Decodes the text of <c>&lt;auth/&gt;</c> or <c>&lt;success/&gt;</c>, where no text means no data: null.</summary>
    /// <exception cref="SaslException">As <see cref="Decode"/>.</exception>
    public static byte[]? DecodeInitial(ReadOnlySpan<byte> text) => text.IsEmpty ? null : Decode(text);

    /// <summary>Decodes the text of <c>&lt;challenge/&gt;</c> or <c>&lt;response/&gt;</c>, where no text means empty data.</summary>
    /// <exception cref="SaslException">
    /// incorrect-encoding where the text is not base64; malformed-request where it decodes to over <see cref="MaxMessageLength"/> bytes.
    /// </exception>
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.SequenceEqual("="u8))
            return [];
        if (text.Length > Base64.GetMaxEncodedToUtf8Length(MaxMessageLength))
            throw SaslException.Malformed("message too long");
        return Strict(text) ?? throw new SaslException(SaslCondition.IncorrectEncoding);
    }

    /// <summary>Encodes data for <c>&lt;auth/&gt;</c> or <c>&lt;success/&gt;</c>: null is no text, empty data is <c>=</c>.</summary>
    public static string EncodeInitial(byte[]? data) => data switch
    {
        null => "",
        [] => "=",
        _ => Encode(data),
    };

    /// <summary>Encodes data for <c>&lt;challenge/&gt;</c> or <c>&lt;response/&gt;</c>.</summary>
    public static string Encode(ReadOnlySpan<byte> data) => Convert.ToBase64String(data);

    internal static byte[]? Strict(ReadOnlySpan<byte> text)
    {
        byte[] data = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Base64.DecodeFromUtf8(text, data, out _, out int written) != System.Buffers.OperationStatus.Done)
            return null;
        Array.Resize(ref data, written);

        // The decoder forgives white space and stray bits; only the one encoding of these bytes is accepted.
        return Encoding.ASCII.GetBytes(Convert.ToBase64String(data)).AsSpan().SequenceEqual(text) ? data : null;
    }
}
