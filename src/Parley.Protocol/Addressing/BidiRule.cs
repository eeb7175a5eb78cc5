using System.Globalization;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>What keeps a mixture of writing directions readable (RFC 5893 §2).</summary>
internal static class BidiRule
{
    private enum Direction
    {
        LeftToRight,
        RightToLeft,
        ArabicNumber,
        EuropeanNumber,
        Neutral,
        NonSpacingMark,
        Other,
    }

    /// <summary>Whether the rule is due at all: there is a right-to-left letter or an Arabic number (RFC 5893 §1.4).</summary>
    internal static bool IsDue(ReadOnlySpan<Rune> runes)
    {
        foreach (var rune in runes)
        {
            if (Classify(rune) is Direction.RightToLeft or Direction.ArabicNumber)
                return true;
        }

        return false;
    }

    internal static bool Holds(ReadOnlySpan<Rune> runes) => Classify(runes[0]) switch
    {
        Direction.RightToLeft => HoldsRightToLeft(runes),
        Direction.LeftToRight => HoldsLeftToRight(runes),
        _ => false,
    };

    private static bool HoldsRightToLeft(ReadOnlySpan<Rune> runes)
    {
        var (arabic, european) = (false, false);
        var last = Direction.Other;
        foreach (var rune in runes)
        {
            var direction = Classify(rune);
            if (direction is Direction.LeftToRight or Direction.Other)
                return false;
            arabic |= direction is Direction.ArabicNumber;
            european |= direction is Direction.EuropeanNumber;
            if (direction is not Direction.NonSpacingMark)
                last = direction;
        }

        return !(arabic && european) && last is not Direction.Neutral;
    }

    private static bool HoldsLeftToRight(ReadOnlySpan<Rune> runes)
    {
        var last = Direction.Other;
        foreach (var rune in runes)
        {
            var direction = Classify(rune);
            if (direction is Direction.RightToLeft or Direction.ArabicNumber or Direction.Other)
                return false;
            if (direction is not Direction.NonSpacingMark)
                last = direction;
        }

        return last is not Direction.Neutral;
    }

    private static Direction Classify(Rune rune)
    {
        var category = Rune.GetUnicodeCategory(rune);
        return category switch
        {
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => Direction.NonSpacingMark,
            UnicodeCategory.Control or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator => Direction.Other,
            _ when CodePointRanges.Contains(CodePointRanges.EuropeanNumber, rune) => Direction.EuropeanNumber,
            _ when CodePointRanges.Contains(CodePointRanges.ArabicNumber, rune) => Direction.ArabicNumber,
            _ when CodePointRanges.Contains(CodePointRanges.RightToLeft, rune) => Direction.RightToLeft,
            <= UnicodeCategory.OtherLetter when CodePointRanges.Contains(CodePointRanges.NeutralLetters, rune) => Direction.Neutral,
            <= UnicodeCategory.OtherNumber => Direction.LeftToRight,
            _ => Direction.Neutral,
        };
    }
}
