using System.Text;

namespace Parley.Web.Metrics;

/// <summary>The tags of a measurement, kept as they came, and the labels that they are written as.</summary>
internal sealed class LabelSet
{
    private const int MaxValueLength = 200;

    internal LabelSet(ReadOnlySpan<KeyValuePair<string, object?>> tags, bool isHistogram)
    {
        Tags = tags.ToArray();
        Text = Write(Tags, isHistogram);
    }

    internal KeyValuePair<string, object?>[] Tags { get; }

    /// <summary>The labels without their braces, in the order of their names: <c>a="1",b="2"</c>.</summary>
    internal string Text { get; }

    private static string Write(KeyValuePair<string, object?>[] tags, bool isHistogram)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            // "le" is a bucket's own.
            var name = MetricNames.Label(key) is var plain && isHistogram && plain == "le" ? "exported_le" : MetricNames.Label(key);
            var text = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "";
            text = value is bool ? text.ToLowerInvariant() : text.Length > MaxValueLength ? text[..MaxValueLength] : text;

            // Two tags may have come to the same name.
            labels[name] = labels.TryGetValue(name, out var other) ? $"{other};{text}" : text;
        }

        var written = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            written.Append(written.Length == 0 ? "" : ",").Append(name).Append("=\"").Append(Escape(value)).Append('"');
        }

        return written.ToString();
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
