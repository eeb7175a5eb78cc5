using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Parley.Protocol.Addressing;

/// <summary>Between UTF-16 and UTF-8, refusing what is malformed in place of repairing it.</summary>
internal static class Utf8Text
{
    internal static bool TryEncode(ReadOnlySpan<char> value, Span<byte> utf8, out int length) =>
        Utf8.FromUtf16(value, utf8, out _, out length, replaceInvalidSequences: false) is OperationStatus.Done;

    /// <summary>Encodes a part of an address; none for null; false also where it is too long for any.</summary>
    internal static bool TryEncode(string? value, out byte[] utf8)
    {
        utf8 = [];
        if (value is null)
            return true;
        if (value.Length > JidPart.MaxInputLength)
            return false;
        var buffer = new byte[value.Length * 3];
        if (!TryEncode(value, buffer, out var length))
            return false;
        utf8 = buffer[..length];
        return true;
    }

    internal static bool TryDecode(ReadOnlySpan<byte> utf8, out string value)
    {
        value = Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : "";
        return value.Length > 0;
    }
}
