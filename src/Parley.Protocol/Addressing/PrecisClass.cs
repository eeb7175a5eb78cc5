using System.Globalization;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>The base classes (RFC 8264 §4) and how each code point falls into them (§8).</summary>
internal static class PrecisClass
{
    private enum Property
    {
        Valid,
        FreeformOnly,
        Contextual,
        Disallowed,
    }

    /// <summary>Whether each code point may stand where it stands in the IdentifierClass (RFC 8264 §4.2).</summary>
    internal static bool IsIdentifier(ReadOnlySpan<Rune> runes) => Conforms(runes, freeform: false);

    /// <summary>Whether each code point may stand where it stands in the FreeformClass (RFC 8264 §4.3).</summary>
    internal static bool IsFreeform(ReadOnlySpan<Rune> runes) => Conforms(runes, freeform: true);

    private static bool Conforms(ReadOnlySpan<Rune> runes, bool freeform)
    {
        for (var i = 0; i < runes.Length; i++)
        {
            var allowed = Derive(runes[i], freeform) switch
            {
                Property.Valid => true,
                Property.FreeformOnly => freeform,
                Property.Contextual => ContextRules.Allow(runes, i),
                _ => false,
            };
            if (!allowed)
                return false;
        }

        return true;
    }

    // The order of the tests is that of RFC 8264 §8.
    private static Property Derive(Rune rune, bool freeform)
    {
        if (rune.Value is > 0x20 and < 0x7F)
            return Property.Valid;
        if (Exception(rune) is { } exception)
            return exception;
        var category = Rune.GetUnicodeCategory(rune);
        if (category is UnicodeCategory.OtherNotAssigned)
            return Property.Disallowed;
        if (rune.Value is 0x200C or 0x200D)
            return Property.Contextual;
        if (CodePointRanges.Contains(CodePointRanges.OldHangulJamo, rune)
            || CodePointRanges.Contains(CodePointRanges.DefaultIgnorable, rune)
            || category is UnicodeCategory.Control)
            return Property.Disallowed;

        // Where it makes no difference to the verdict, the costly comparison with the compatibility form is spared.
        if (!freeform && HasCompatibilityForm(rune))
            return Property.FreeformOnly;
        return category switch
        {
            UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.OtherLetter
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ModifierLetter
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => Property.Valid,
            UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format
                or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate => Property.Disallowed,
            _ => Property.FreeformOnly,
        };
    }

    // RFC 8264 §9.6.
    private static Property? Exception(Rune rune) => rune.Value switch
    {
        0xDF or 0x3C2 or 0x6FD or 0x6FE or 0xF0B or 0x3007 => Property.Valid,
        0xB7 or 0x375 or 0x5F3 or 0x5F4 or 0x30FB or (>= 0x660 and <= 0x669) or (>= 0x6F0 and <= 0x6F9) => Property.Contextual,
        0x640 or 0x7FA or 0x302E or 0x302F or (>= 0x3031 and <= 0x3035) or 0x303B => Property.Disallowed,
        _ => null,
    };

    // RFC 8264 §9.17.
    private static bool HasCompatibilityForm(Rune rune) => !rune.ToString().IsNormalized(NormalizationForm.FormKC);
}
