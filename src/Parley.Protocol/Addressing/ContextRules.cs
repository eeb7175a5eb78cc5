using System.Globalization;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>Code points that are allowed among certain neighbours only (RFC 5892 appendix A).</summary>
/// <remarks>
/// Joining types are known for the Arabic script; ZERO WIDTH NON-JOINER in other cursive scripts is refused unless it follows a virama.
/// </remarks>
internal ref struct ContextRules(ReadOnlySpan<Rune> runes)
{
    private readonly ReadOnlySpan<Rune> _runes = runes;

    // Rules on the whole string look through it once, or a string of nothing but such code points would take quadratic time.
    private bool? _hasJapanese;
    private bool? _mixesDigits;

    internal bool Allow(int index) => _runes[index].Value switch
    {
        0x200C => FollowsVirama(index) || BreaksJoin(index),
        0x200D => FollowsVirama(index),
        0xB7 => Before(index) is { Value: 'l' } && After(index) is { Value: 'l' },
        0x375 => IsIn(CodePointRanges.Greek, After(index)),
        0x5F3 or 0x5F4 => IsIn(CodePointRanges.Hebrew, Before(index)),
        0x30FB => _hasJapanese ??= HasJapanese(),
        (>= 0x660 and <= 0x669) or (>= 0x6F0 and <= 0x6F9) => !(_mixesDigits ??= Has(0x660, 0x669) && Has(0x6F0, 0x6F9)),
        _ => false,
    };

    private readonly Rune? Before(int index) => index > 0 ? _runes[index - 1] : null;

    private readonly Rune? After(int index) => index + 1 < _runes.Length ? _runes[index + 1] : null;

    private readonly bool FollowsVirama(int index) => IsIn(CodePointRanges.Virama, Before(index));

    // A letter that joins to its left, and one that joins to its right, with nothing but marks between them and the non-joiner.
    private readonly bool BreaksJoin(int index)
    {
        var before = index - 1;
        while (before >= 0 && IsTransparent(_runes[before]))
            before--;
        var after = index + 1;
        while (after < _runes.Length && IsTransparent(_runes[after]))
            after++;
        var (left, right) = (Before(before + 1), After(after - 1));
        return IsIn(CodePointRanges.JoinsBoth, left)
            && (IsIn(CodePointRanges.JoinsBoth, right) || IsIn(CodePointRanges.JoinsRight, right));
    }

    private readonly bool HasJapanese()
    {
        foreach (var rune in _runes)
        {
            if (CodePointRanges.Contains(CodePointRanges.Japanese, rune))
                return true;
        }

        return false;
    }

    private readonly bool Has(int first, int last)
    {
        foreach (var rune in _runes)
        {
            if (rune.Value >= first && rune.Value <= last)
                return true;
        }

        return false;
    }

    private static bool IsTransparent(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;

    private static bool IsIn(ReadOnlySpan<int> ranges, Rune? rune) => rune is { } value && CodePointRanges.Contains(ranges, value);
}
