using System.Text;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Which nicknames are too much alike to be two (XEP-0045 §7.2.8, §13.6).</summary>
internal static class Nicknames
{
    /// <summary>Equal for nicknames that differ in case, compatibility characters, or white space alone.</summary>
    internal static string Key(string nickname)
    {
        var folded = nickname.Normalize(NormalizationForm.FormKC).ToUpperInvariant();
        return string.Join(' ', folded.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Whether a person sees anything of it (XEP-0045 §16.1).</summary>
    internal static bool IsVisible(string nickname) =>
        nickname.EnumerateRunes().Any(static rune => !Rune.IsWhiteSpace(rune) && !Rune.IsControl(rune)
            && Rune.GetUnicodeCategory(rune) != System.Globalization.UnicodeCategory.Format);
}
