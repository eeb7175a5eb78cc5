using System.Globalization;
using System.Text;
using Parley.Server.Routing;

namespace Parley.Server.Tests.Docs;

/// <summary>Writes docs/xeps.md: the specifications that the modules say they implement.</summary>
internal static class SpecificationReference
{
    internal static string Write(IEnumerable<Implementation> implementations)
    {
        var text = new StringBuilder();
        text.Append("# Specifications\n\n");
        text.Append("What the server's modules implement, and in which version. Generated from the source; see CONTRIBUTING.md.\n\n");
        text.Append("| specification | version | |\n|---|---|---|\n");
        foreach (var specification in implementations.GroupBy(implementation => implementation.Specification).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| [{specification.Key}]({Address(specification.Key)}) ");
            text.Append(CultureInfo.InvariantCulture, $"| {Join(specification.Select(implementation => implementation.Version))} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Join(specification.Select(implementation => implementation.Note))} |\n");
        }

        return text.ToString();
    }

    private static string Join(IEnumerable<string?> parts) => string.Join("; ", parts.OfType<string>().Distinct(StringComparer.Ordinal));

    private static string Address(string specification) =>
        specification.StartsWith("XEP-", StringComparison.Ordinal) ? $"https://xmpp.org/extensions/{specification.ToLowerInvariant()}.html"
        : specification.StartsWith("RFC ", StringComparison.Ordinal) ? $"https://www.rfc-editor.org/rfc/rfc{specification[4..]}"
        : throw new NotSupportedException($"'{specification}' is neither 'XEP-0000' nor 'RFC 0000'.");
}
