using System.Buffers.Text;
using System.Text;

namespace Parley.Load.Connections;

/// <summary>What a load tool has to know of the head of an HTTP/1.1 response.</summary>
/// <param name="Length">The bytes of the head, with the empty line.</param>
/// <param name="Status">The status code.</param>
/// <param name="ContentLength">The bytes of the body; -1 where the head does not tell.</param>
/// <param name="Closes">Whether the server closes the connection behind this response.</param>
internal readonly record struct HttpHead(int Length, int Status, int ContentLength, bool Closes)
{
    /// <summary>False while the head is incomplete.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out HttpHead head)
    {
        head = default;
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        if (!bytes.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(bytes[9..], out int status, out _))
            throw new IOException($"not an HTTP/1.1 response: {Encoding.UTF8.GetString(bytes[..end])}");
        var (length, closes) = (-1, false);
        var lines = bytes[..end];
        for (var next = 0; next >= 0; next = lines.IndexOf("\r\n"u8))
        {
            lines = lines[(next == 0 ? 0 : next + 2)..];
            if (Value(lines, "content-length:"u8, out var text) && Utf8Parser.TryParse(text, out int number, out _))
                length = number;
            else if (Value(lines, "connection:"u8, out text))
                closes = Ascii.EqualsIgnoreCase(text[..Math.Min(5, text.Length)], "close"u8);
        }

        head = new HttpHead(end + 4, status, length, closes);
        return true;
    }

    private static bool Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var matches = line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name);
        value = matches ? line[name.Length..].TrimStart((byte)' ') : default;
        return matches;
    }
}
