using System.Globalization;
using System.Text.RegularExpressions;

namespace Parley.Host.Configuration;

/// <summary>A time as a configuration says it: <c>d.hh:mm:ss</c>, the days left out where there are none.</summary>
/// <remarks>Stricter than .NET, which reads a bare number as so many days, and <c>48:00:00</c> as 48 days.</remarks>
internal static partial class Duration
{
    internal const string Form = "a time as d.hh:mm:ss, such as 00:01:30, or 2.00:00:00 for two days";

    internal static bool IsValid(string? text) => text is not null && Pattern().IsMatch(text) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out _);

    [GeneratedRegex(@"^([0-9]{1,8}\.)?([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,7})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
