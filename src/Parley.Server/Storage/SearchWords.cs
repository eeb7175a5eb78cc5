using System.Globalization;
using System.Text;

namespace Parley.Server.Storage;

/// <summary>The words of a text, for full-text search: runs of letters, digits and the marks on them. A text without any is found by nothing, and finds nothing.</summary>
/// <remarks>Writing without spaces between its words makes one word of a run, which only the whole run finds.</remarks>
public static class SearchWords
{
    /// <summary>The most words of a search; further ones are not asked for.</summary>
    public const int MaxSought = 64;

    /// <summary>The words, as they are written.</summary>
    public static IEnumerable<string> Of(string text)
    {
        var word = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsOfWord(rune))
            {
                word.Append(rune.ToString());
            }
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }

        if (word.Length > 0)
            yield return word.ToString();
    }

    /// <summary>The different words that a search asks for, at most <see cref="MaxSought"/>.</summary>
    public static IReadOnlyList<string> Sought(string text) => [.. Of(text).Distinct(StringComparer.Ordinal).Take(MaxSought)];

    /// <summary>A word without its case and its diacritics.</summary>
    public static string Folded(string word) => string.Concat(word.Normalize(NormalizationForm.FormD)
        .EnumerateRunes()
        .Where(static rune => !IsMark(rune))
        .Select(static rune => Rune.ToLowerInvariant(rune).ToString()));

    private static bool IsOfWord(Rune rune) => Rune.IsLetterOrDigit(rune) || IsMark(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.PrivateUse;

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark;
}
