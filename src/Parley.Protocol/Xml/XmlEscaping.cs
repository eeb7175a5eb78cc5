using System.Buffers;
using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>Writes characters so that any XML reader reads the same ones back.</summary>
internal static class XmlEscaping
{
    private const int OnStack = 256;

    private static readonly SearchValues<byte> TextBytes = SearchValues.Create("&<>\r"u8);
    private static readonly SearchValues<byte> AttributeBytes = SearchValues.Create("&<>'\"\t\n\r"u8);
    private static readonly SearchValues<char> TextChars = SearchValues.Create(NotVerbatim("&<>\r", allowed: "\t\n"));
    private static readonly SearchValues<char> AttributeChars = SearchValues.Create(NotVerbatim("&<>'\"\t\n\r", allowed: ""));
    internal static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static void Write(ReadOnlySpan<char> text, IBufferWriter<byte> output, bool inAttribute)
    {
        if (!text.ContainsAny(inAttribute ? AttributeChars : TextChars))
        {
            Encoding.UTF8.GetBytes(text, output);
            return;
        }

        var length = Strict.GetByteCount(text);
        var utf8 = length <= OnStack ? stackalloc byte[length] : new byte[length];
        Strict.GetBytes(text, utf8);
        Write(utf8, output, inAttribute);
    }

    internal static void Write(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output, bool inAttribute)
    {
        if (!XmlCharacters.IsAllowed(utf8))
            throw new ArgumentException("The text holds a character that XML forbids, or is no UTF-8.", nameof(utf8));
        var escaped = inAttribute ? AttributeBytes : TextBytes;
        while (true)
        {
            var next = utf8.IndexOfAny(escaped);
            if (next < 0)
            {
                output.Write(utf8);
                return;
            }

            output.Write(utf8[..next]);
            output.Write(Reference(utf8[next]));
            utf8 = utf8[(next + 1)..];
        }
    }

    private static ReadOnlySpan<byte> Reference(byte value) => value switch
    {
        (byte)'&' => "&amp;"u8,
        (byte)'<' => "&lt;"u8,
        (byte)'>' => "&gt;"u8,
        (byte)'\'' => "&apos;"u8,
        (byte)'"' => "&quot;"u8,
        (byte)'\t' => "&#9;"u8,
        (byte)'\n' => "&#10;"u8,
        _ => "&#13;"u8,
    };

    /// <summary>The characters to escape, and those to look at closely: controls, surrogates, noncharacters.</summary>
    private static string NotVerbatim(string escaped, string allowed)
    {
        var all = new StringBuilder(escaped);
        for (var c = '\0'; c < ' '; c++)
        {
            if (!allowed.Contains(c))
                all.Append(c);
        }

        for (var c = '\uD800'; c < '\uE000'; c++)
            all.Append(c);
        return all.Append('\uFFFE').Append('\uFFFF').ToString();
    }
}
