using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Parley.Protocol.Xml;

/// <summary>The character classes of XML 1.0, fifth edition (§2.2, §2.3), over UTF-8.</summary>
internal static class XmlCharacters
{
    internal const byte NameStart = 1;
    internal const byte Name = 2;
    internal const byte Space = 4;

    private static readonly SearchValues<byte> ForbiddenControls = SearchValues.Create(
        0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);

    /// <summary>Per byte: bits of the classes. Bytes above 0x7F count as name characters here; <see cref="IsName"/> looks closer.</summary>
    private static ReadOnlySpan<byte> Classes =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0, 4, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0,
        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 0, 0, 0, 0, 0,
        0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 3,
        0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Is(byte value, byte classes) => (Classes[value] & classes) != 0;

    /// <summary>The first index from <paramref name="start"/> on whose byte is not of the class, or the length.</summary>
    internal static int SkipAll(ReadOnlySpan<byte> utf8, int start, byte classes)
    {
        var table = Classes;
        var i = start;
        while ((uint)i < (uint)utf8.Length && (table[utf8[i]] & classes) != 0)
            i++;
        return i;
    }

    /// <summary>Whether all is valid UTF-8 and every character one that XML allows.</summary>
    internal static bool IsAllowed(ReadOnlySpan<byte> utf8)
    {
        if (utf8.ContainsAny(ForbiddenControls))
            return false;
        if (Ascii.IsValid(utf8))
            return true;
        return Utf8.IsValid(utf8) && !ContainsNoncharacter(utf8);
    }

    internal static bool IsAllowed(int codePoint) => codePoint switch
    {
        < 0x20 => codePoint is '\t' or '\n' or '\r',
        < 0xD800 => true,
        < 0xE000 => false,
        < 0xFFFE => true,
        < 0x10000 => false,
        _ => codePoint <= 0x10FFFF,
    };

    /// <summary>Whether valid UTF-8 is an NCName: a name without a colon (Namespaces in XML §3).</summary>
    internal static bool IsName(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty || !Is(utf8[0], NameStart) || utf8.Contains((byte)':') || SkipAll(utf8, 0, Name) != utf8.Length)
            return false;
        return Ascii.IsValid(utf8) || IsNameBeyondAscii(utf8);
    }

    private static bool IsNameBeyondAscii(ReadOnlySpan<byte> utf8)
    {
        var first = true;
        while (!utf8.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(utf8, out var rune, out var length) != OperationStatus.Done)
                return false;
            if (!rune.IsAscii && !(first ? IsNameStart(rune.Value) : IsNameStart(rune.Value) || IsNameContinuation(rune.Value)))
                return false;
            utf8 = utf8[length..];
            first = false;
        }

        return true;
    }

    private static bool IsNameStart(int c) => c is
        (>= 0xC0 and <= 0xD6) or (>= 0xD8 and <= 0xF6) or (>= 0xF8 and <= 0x2FF) or (>= 0x370 and <= 0x37D) or
        (>= 0x37F and <= 0x1FFF) or (>= 0x200C and <= 0x200D) or (>= 0x2070 and <= 0x218F) or (>= 0x2C00 and <= 0x2FEF) or
        (>= 0x3001 and <= 0xD7FF) or (>= 0xF900 and <= 0xFDCF) or (>= 0xFDF0 and <= 0xFFFD) or (>= 0x10000 and <= 0xEFFFF);

    private static bool IsNameContinuation(int c) => c is 0xB7 or (>= 0x300 and <= 0x36F) or (>= 0x203F and <= 0x2040);

    private static bool ContainsNoncharacter(ReadOnlySpan<byte> utf8)
    {
        int i;
        while ((i = utf8.IndexOf(LastBlock)) >= 0)
        {
            if (i + 2 < utf8.Length && utf8[i + 2] >= 0xBE)
                return true;
            utf8 = utf8[(i + 2)..];
        }

        return false;
    }

    // U+FFC0 to U+FFFF begin with these; the two that XML forbids end it.
    private static ReadOnlySpan<byte> LastBlock => [0xEF, 0xBF];
}
