using System.Globalization;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>One label of an internationalized domain name (RFC 5890 to RFC 5893), held as a U-label.</summary>
internal static class IdnLabel
{
    private const string AcePrefix = "xn--";

    /// <summary>Applies the mappings of RFC 5895 §2 to a whole name: lower case, width, normalization, ideographic full stops.</summary>
    internal static string Map(string name) =>
        PrecisMappings.ToLower(PrecisMappings.MapWidth(name)).Normalize().Replace('\u3002', '.');

    /// <summary>Checks a mapped label, and turns an A-label into its U-label.</summary>
    /// <param name="label">The label.</param>
    /// <param name="prepared">The label as ASCII host label or U-label.</param>
    /// <param name="asciiLength">The length of the host label or A-label, in bytes.</param>
    internal static bool TryPrepare(string label, out string prepared, out int asciiLength)
    {
        prepared = label;
        asciiLength = label.Length;
        if (label.StartsWith(AcePrefix, StringComparison.Ordinal))
        {
            // Only the one true spelling of a U-label is its A-label (RFC 5891 §5.4).
            return TryDecode(label, out prepared)
                && IsULabel(prepared)
                && TryEncode(prepared, out var ascii)
                && ascii == label;
        }

        if (Ascii.IsValid(label))
            return DomainPart.IsHostLabel(Encoding.ASCII.GetBytes(label));
        if (!IsULabel(label) || !TryEncode(label, out var encoded) || !TryDecode(encoded, out var decoded) || decoded != label)
            return false;
        asciiLength = encoded.Length;
        return true;
    }

    // RFC 5891 §4.2.3, RFC 5892.
    private static bool IsULabel(string label)
    {
        if (Ascii.IsValid(label)
            || !UnicodeSupport.CanPrepare(label)
            || label.StartsWith('-')
            || label.EndsWith('-')
            || label.AsSpan().IndexOf("--", StringComparison.Ordinal) == 2
            || Map(label) != label)
            return false;
        Rune[] runes = [.. label.EnumerateRunes()];
        return !IsMark(runes[0])
            && PrecisClass.IsIdentifier(runes)
            && Array.TrueForAll(runes, IsStable);
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    // IDNA has no ASCII but letters, digits and the hyphen, and nothing that case folding changes (RFC 5892 §2.2). Case folding is
    // told here from what lower case makes of upper case, from the iota subscript, and from the small letters of Cherokee.
    private static bool IsStable(Rune rune)
    {
        if (rune.IsAscii)
            return rune.Value == '-' || Rune.IsLetterOrDigit(rune);
        if (rune.Value is 0xDF or 0x3C2 or 0x131)
            return true;
        return Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)) == rune
            && rune.Value is not ((>= 0x13F8 and <= 0x13FD) or (>= 0xAB70 and <= 0xABBF))
            && !rune.ToString().Normalize(NormalizationForm.FormD).Contains('\u0345', StringComparison.Ordinal);
    }

    private static bool TryEncode(string label, out string ascii)
    {
        try
        {
            ascii = new IdnMapping().GetAscii(label);
            return true;
        }
        catch (ArgumentException)
        {
            ascii = "";
            return false;
        }
    }

    private static bool TryDecode(string label, out string unicode)
    {
        try
        {
            unicode = new IdnMapping().GetUnicode(label);
            return true;
        }
        catch (ArgumentException)
        {
            unicode = "";
            return false;
        }
    }
}
