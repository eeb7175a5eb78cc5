using System.Globalization;
using System.Text;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Which nicknames are too much alike to be two (XEP-0045 §7.2.8, §13.6).</summary>
internal static class Nicknames
{
    // Printed as nothing at all, and a symbol by its category.
    private const int BlankBraille = 0x2800;

    // Capital letters of other scripts that look like Latin ones, in most fonts in every detail (UTS #39 §4); each above the one that it is taken for.
    private const string Greek = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";
    private const string GreekAsLatin = "ABEZHIKMNOPTYX";
    private const string Cyrillic = "АВЕЅІЈКМНОРСТУХҮԚԜ";
    private const string CyrillicAsLatin = "ABESIJKMHOPCTYXYQW";

    /// <summary>Equal for nicknames that differ in case, compatibility characters, white space, what nobody sees, or letters of Greek or Cyrillic for Latin ones alone.</summary>
    internal static string Key(string nickname)
    {
        var folded = new StringBuilder(nickname.Length);
        foreach (var rune in nickname.Normalize(NormalizationForm.FormKC).ToUpperInvariant().EnumerateRunes())
        {
            if (rune.Value == BlankBraille || Rune.IsWhiteSpace(rune))
            {
                folded.Append(' ');
            }
            else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format)
            {
                folded.Append(AsLatin(rune).ToString());
            }
        }

        return string.Join(' ', folded.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Whether a person sees anything of it (XEP-0045 §16.1); marks alone would stand over what is before them.</summary>
    internal static bool IsVisible(string nickname) => nickname.EnumerateRunes().Any(IsVisible);

    private static bool IsVisible(Rune rune) =>
        rune.Value != BlankBraille && !Rune.IsWhiteSpace(rune) && !Rune.IsControl(rune)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);

    private static Rune AsLatin(Rune rune) =>
        !rune.IsBmp || rune.IsAscii ? rune
        : Greek.IndexOf((char)rune.Value) is >= 0 and var greek ? new(GreekAsLatin[greek])
        : Cyrillic.IndexOf((char)rune.Value) is >= 0 and var cyrillic ? new(CyrillicAsLatin[cyrillic])
        : rune;
}
