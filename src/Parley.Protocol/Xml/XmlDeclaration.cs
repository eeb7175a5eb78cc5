using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>The XML declaration ahead of a stream header (XML 1.0 §2.8, RFC 6120 §11.5).</summary>
internal static class XmlDeclaration
{
    /// <summary>Refuses all but version 1.0 in UTF-8.</summary>
    /// <param name="declaration">From <c>&lt;?xml</c> to <c>?></c>.</param>
    internal static void Check(ReadOnlySpan<byte> declaration)
    {
        var rest = declaration[5..^2];
        if (!TakePseudoAttribute(ref rest, "version"u8, out var version) || !version.SequenceEqual("1.0"u8))
            XmlErrors.NotWellFormed("the XML declaration must say version 1.0");
        var hasEncoding = TakePseudoAttribute(ref rest, "encoding"u8, out var encoding);
        if (TakePseudoAttribute(ref rest, "standalone"u8, out var standalone)
            && !standalone.SequenceEqual("yes"u8) && !standalone.SequenceEqual("no"u8))
            XmlErrors.NotWellFormed("standalone is yes or no");
        if (XmlCharacters.SkipAll(rest, 0, XmlCharacters.Space) != rest.Length)
            XmlErrors.NotWellFormed("a bad XML declaration");
        if (hasEncoding && !Ascii.EqualsIgnoreCase(encoding, "utf-8"u8))
            XmlErrors.UnsupportedEncoding();
    }

    private static bool TakePseudoAttribute(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        var i = XmlCharacters.SkipAll(rest, 0, XmlCharacters.Space);
        if (i == 0 || !rest[i..].StartsWith(name))
            return false;
        i = XmlCharacters.SkipAll(rest, i + name.Length, XmlCharacters.Space);
        if (i == rest.Length || rest[i] != '=')
            return false;
        i = XmlCharacters.SkipAll(rest, i + 1, XmlCharacters.Space);
        if (i == rest.Length || rest[i] is not ((byte)'\'' or (byte)'"'))
            return false;
        var length = rest[(i + 1)..].IndexOf(rest[i]);
        if (length < 0)
            return false;
        value = rest.Slice(i + 1, length);
        rest = rest[(i + length + 2)..];
        return true;
    }
}
