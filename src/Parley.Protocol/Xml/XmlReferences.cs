using System.Buffers;
using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>References and line ends (XML 1.0 §2.11, §3.3.3, §4.1): checking them, and putting the characters in their place.</summary>
internal static class XmlReferences
{
    private static readonly SearchValues<byte> DecodedInAttributes = SearchValues.Create("&\t\r\n"u8);

    /// <summary>The length of the reference that begins at <paramref name="start"/>, from '&amp;' to ';'.</summary>
    /// <exception cref="Streams.StreamException">not-well-formed for what is no reference or to no character; restricted-xml for an entity
    /// other than the five (RFC 6120 §11.1).</exception>
    internal static int Measure(ReadOnlySpan<byte> document, int start, out int codePoint)
    {
        var end = document[start..].IndexOf((byte)';');
        if (end < 2)
            XmlErrors.NotWellFormed("a bare '&'");
        var name = document.Slice(start + 1, end - 1);
        codePoint = name[0] == '#' ? ParseNumber(name[1..]) : Predefined(name);
        return end + 1;
    }

    /// <summary>Writes checked text with its references resolved; returns the length, which is at most that of <paramref name="raw"/>.</summary>
    /// <param name="raw">Text, or the value of an attribute.</param>
    /// <param name="destination">At least as long as <paramref name="raw"/>.</param>
    /// <param name="inAttribute">Whether white space becomes spaces, too.</param>
    internal static int Decode(ReadOnlySpan<byte> raw, Span<byte> destination, bool inAttribute)
    {
        var written = 0;
        while (true)
        {
            var next = inAttribute ? raw.IndexOfAny(DecodedInAttributes) : raw.IndexOfAny((byte)'&', (byte)'\r');
            var run = next < 0 ? raw : raw[..next];
            run.CopyTo(destination[written..]);
            written += run.Length;
            if (next < 0)
                return written;
            raw = raw[next..];
            if (raw[0] == '&')
            {
                raw = raw[Measure(raw, 0, out var codePoint)..];
                written += new Rune(codePoint).EncodeToUtf8(destination[written..]);
                continue;
            }

            destination[written++] = (byte)(inAttribute ? ' ' : '\n');
            raw = raw[(raw[0] == '\r' && raw.Length > 1 && raw[1] == '\n' ? 2 : 1)..];
        }
    }

    /// <summary>Writes a CDATA section's content: only line ends change.</summary>
    internal static int DecodeLineEnds(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var next = raw.IndexOf((byte)'\r');
            var run = next < 0 ? raw : raw[..next];
            run.CopyTo(destination[written..]);
            written += run.Length;
            if (next < 0)
                return written;
            destination[written++] = (byte)'\n';
            raw = raw[(next + 1 < raw.Length && raw[next + 1] == '\n' ? next + 2 : next + 1)..];
        }
    }

    private static int Predefined(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("amp"u8))
            return '&';
        if (name.SequenceEqual("lt"u8))
            return '<';
        if (name.SequenceEqual("gt"u8))
            return '>';
        if (name.SequenceEqual("quot"u8))
            return '"';
        if (name.SequenceEqual("apos"u8))
            return '\'';
        if (!XmlCharacters.IsName(name))
            XmlErrors.NotWellFormed("a bare '&'");
        XmlErrors.Restricted("an entity other than the predefined five");
        return default;
    }

    private static int ParseNumber(ReadOnlySpan<byte> digits)
    {
        var hexadecimal = !digits.IsEmpty && digits[0] == 'x';
        if (hexadecimal)
            digits = digits[1..];
        var value = 0;
        foreach (var digit in digits)
        {
            var d = hexadecimal ? FromHex(digit) : digit - '0';
            if (d < 0 || d > (hexadecimal ? 15 : 9))
                XmlErrors.NotWellFormed("a bad character reference");
            value = Math.Min((value * (hexadecimal ? 16 : 10)) + d, 0x110000);
        }

        if (digits.IsEmpty || !XmlCharacters.IsAllowed(value))
            XmlErrors.NotWellFormed("a reference to a character that XML forbids");
        return value;
    }

    private static int FromHex(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };
}
