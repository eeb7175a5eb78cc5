using System.Globalization;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>Code points that are allowed among certain neighbours only (RFC 5892 appendix A).</summary>
/// <remarks>
/// Joining types are known for the Arabic script; ZERO WIDTH NON-JOINER in other cursive scripts is refused unless it follows a virama.
/// </remarks>
internal static class ContextRules
{
    private static readonly Rune SmallL = new('l');

    internal static bool Allow(ReadOnlySpan<Rune> runes, int index) => runes[index].Value switch
    {
        0x200C => FollowsVirama(runes, index) || BreaksJoin(runes, index),
        0x200D => FollowsVirama(runes, index),
        0xB7 => index > 0 && index + 1 < runes.Length && runes[index - 1] == SmallL && runes[index + 1] == SmallL,
        0x375 => index + 1 < runes.Length && CodePointRanges.Contains(CodePointRanges.Greek, runes[index + 1]),
        0x5F3 or 0x5F4 => index > 0 && CodePointRanges.Contains(CodePointRanges.Hebrew, runes[index - 1]),
        0x30FB => HasJapanese(runes),
        >= 0x660 and <= 0x669 => !HasBetween(runes, 0x6F0, 0x6F9),
        >= 0x6F0 and <= 0x6F9 => !HasBetween(runes, 0x660, 0x669),
        _ => false,
    };

    private static bool FollowsVirama(ReadOnlySpan<Rune> runes, int index) =>
        index > 0 && CodePointRanges.Contains(CodePointRanges.Virama, runes[index - 1]);

    // A letter that joins to its left, and one that joins to its right, with nothing but marks between them and the non-joiner.
    private static bool BreaksJoin(ReadOnlySpan<Rune> runes, int index)
    {
        var before = index - 1;
        while (before >= 0 && IsTransparent(runes[before]))
            before--;
        var after = index + 1;
        while (after < runes.Length && IsTransparent(runes[after]))
            after++;
        return before >= 0
            && after < runes.Length
            && CodePointRanges.Contains(CodePointRanges.JoinsBoth, runes[before])
            && (CodePointRanges.Contains(CodePointRanges.JoinsBoth, runes[after])
                || CodePointRanges.Contains(CodePointRanges.JoinsRight, runes[after]));
    }

    private static bool IsTransparent(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;

    private static bool HasJapanese(ReadOnlySpan<Rune> runes)
    {
        foreach (var rune in runes)
        {
            if (CodePointRanges.Contains(CodePointRanges.Japanese, rune))
                return true;
        }

        return false;
    }

    private static bool HasBetween(ReadOnlySpan<Rune> runes, int first, int last)
    {
        foreach (var rune in runes)
        {
            if (rune.Value >= first && rune.Value <= last)
                return true;
        }

        return false;
    }
}
