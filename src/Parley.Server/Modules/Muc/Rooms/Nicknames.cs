using System.Globalization;
using System.Text;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Which nicknames are too much alike to be two (XEP-0045 §7.2.8, §13.6): those that are read alike, and those that look alike.</summary>
internal static class Nicknames
{
    // Printed as nothing at all, and a symbol by its category.
    private const int BlankBraille = 0x2800;

    // Letters of other scripts that look like Latin ones, in most fonts in every detail (UTS #39 §4); each above the one that it is taken for.
    private const string Others = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "αγινορυ" + "АВЕЅІЈКМНОРСТУХҮԚԜӀ" + "асԁеһіјорԛѕԝхуүӏ";
    private const string AsLatin = "ABEZHIKMNOPTYX" + "ayivopu" + "ABESIJKMHOPCTYXYQWl" + "acdehijopqswxyyl";

    // Within Latin, of many fonts: capital I, small l, one and the bar; capital O and zero.
    private const string Digits = "I1|0";
    private const string AsLetters = "lllO";

    /// <summary>Equal for nicknames that differ in case, compatibility characters, white space, what nobody sees, or letters of Greek or Cyrillic whose capitals look like Latin ones.</summary>
    internal static string Key(string nickname) => Fold(nickname.Normalize(NormalizationForm.FormKC).ToUpperInvariant(), static rune => Looking(rune, Others, AsLatin));

    /// <summary>Equal for nicknames that look alike as they are written: as <see cref="Key"/> has it, but for the case, and with I, l, 1 and | for the same, as O and 0 are.</summary>
    /// <remarks>A skeleton in the sense of UTS #39 §4, of the letters above alone.</remarks>
    internal static string Look(string nickname) =>
        Fold(nickname.Normalize(NormalizationForm.FormKC), static rune => Looking(Looking(rune, Others, AsLatin), Digits, AsLetters));

    /// <summary>Whether a person sees anything of it (XEP-0045 §16.1); marks alone would stand over what is before them.</summary>
    internal static bool IsVisible(string nickname) => nickname.EnumerateRunes().Any(IsVisible);

    private static string Fold(string nickname, Func<Rune, Rune> asSeen)
    {
        var folded = new StringBuilder(nickname.Length);
        foreach (var rune in nickname.EnumerateRunes())
        {
            if (rune.Value == BlankBraille || Rune.IsWhiteSpace(rune))
            {
                folded.Append(' ');
            }
            else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format)
            {
                folded.Append(asSeen(rune).ToString());
            }
        }

        return string.Join(' ', folded.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static bool IsVisible(Rune rune) =>
        rune.Value != BlankBraille && !Rune.IsWhiteSpace(rune) && !Rune.IsControl(rune)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);

    private static Rune Looking(Rune rune, string from, string to) =>
        rune.IsBmp && from.IndexOf((char)rune.Value, StringComparison.Ordinal) is >= 0 and var place ? new(to[place]) : rune;
}
