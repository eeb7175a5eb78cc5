using System.Globalization;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>The mappings that profiles are made of (RFC 8264 §5.2).</summary>
internal static class PrecisMappings
{
    internal static string MapWidth(string value)
    {
        var index = value.AsSpan().IndexOfAnyInRange('\uFF01', '\uFFEE');
        if (index < 0)
            return value;
        var mapped = new StringBuilder(value, 0, index, value.Length);
        foreach (var character in value.AsSpan(index))
        {
            if (IsWide(character))
                mapped.Append(character.ToString().Normalize(NormalizationForm.FormKC));
            else
                mapped.Append(character);
        }

        return mapped.ToString();
    }

    internal static string MapSpaces(string value)
    {
        if (Ascii.IsValid(value))
            return value;
        return string.Create(value.Length, value, static (mapped, source) =>
        {
            for (var i = 0; i < mapped.Length; i++)
                mapped[i] = char.GetUnicodeCategory(source[i]) is UnicodeCategory.SpaceSeparator ? ' ' : source[i];
        });
    }

    internal static string CollapseSpaces(string value) =>
        string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Unicode's toLowerCase without regard to context, as RFC 8265 §3.5 has it for the two small sigmas.</summary>
    internal static string ToLower(string value) =>
        value.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    // The width mapping of halfwidth Hangul and of U+FFE3 is not their compatibility form, and is refused afterwards either way.
    private static bool IsWide(char character) => character is (>= '\uFF01' and < '\uFFA0') or (>= '\uFFE0' and <= '\uFFEE' and not '\uFFE3');
}
