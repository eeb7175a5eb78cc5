using System.Globalization;
using System.Text;

namespace Parley.Web.Metrics;

/// <summary>Writes metrics in Prometheus' text exposition format, version 0.0.4.</summary>
internal static class ExpositionWriter
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private const string DroppedName = "parley_metrics_dropped_total";

    internal static string Write(IEnumerable<MetricFamily> families, long dropped)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            var series = family.Series.ToList();
            if (series.Count > 0)
            {
                WriteHeader(text, family.Name, family.Kind.TypeName(), family.Description);
                series.ForEach(one => Write(text, family, one));
            }
        }

        WriteHeader(text, DroppedName, "counter", "Measurements that there was no room for.");
        Write(text, DroppedName, "", dropped);
        return text.ToString();
    }

    private static void WriteHeader(StringBuilder text, string name, string type, string? description)
    {
        if (!string.IsNullOrEmpty(description))
        {
            var help = description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        }

        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private static void Write(StringBuilder text, MetricFamily family, Series series)
    {
        var labels = series.Labels.Text;
        if (family.Kind != MetricKind.Histogram)
        {
            Write(text, family.Name, labels, series.Value);
            return;
        }

        // Each bucket counts what is in those below, too.
        var (buckets, count, sum) = series.Read();
        var separator = labels.Length == 0 ? "" : ",";
        var below = 0L;
        for (var i = 0; i < family.Bounds.Length; i++)
        {
            below += buckets[i];
            Write(text, family.Name + "_bucket", $"{labels}{separator}le=\"{Number(family.Bounds[i])}\"", below);
        }

        Write(text, family.Name + "_bucket", $"{labels}{separator}le=\"+Inf\"", count);
        Write(text, family.Name + "_sum", labels, sum);
        Write(text, family.Name + "_count", labels, count);
    }

    private static void Write(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : double.IsNaN(value) ? "NaN"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
