using System.Text;

namespace Parley.Web.Metrics;

/// <summary>Names as Prometheus takes them: <c>[a-zA-Z_:][a-zA-Z0-9_:]*</c> for metrics, the same without colons for labels; the unit in the name.</summary>
internal static class MetricNames
{
    private const int MaxLength = 200;

    /// <summary>The name of an instrument's metric: <c>parley.storage.batch.time</c> in <c>s</c> is <c>parley_storage_batch_time_seconds</c>, and a counter ends with <c>_total</c>.</summary>
    internal static string Of(string instrument, string? unit, MetricKind kind)
    {
        var name = Plain(instrument, allowColon: true);
        if (UnitWord(unit) is { } word && !name.EndsWith("_" + word, StringComparison.Ordinal))
        {
            name += "_" + word;
        }

        return kind is MetricKind.Counter or MetricKind.ObservedCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>The name of a label.</summary>
    internal static string Label(string key) => Plain(key, allowColon: false);

    private static string Plain(string name, bool allowColon)
    {
        var plain = new StringBuilder(Math.Min(name.Length, MaxLength) + 1);
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, MaxLength)))
        {
            if (plain.Length == 0 && char.IsAsciiDigit(c))
            {
                plain.Append('_');
            }

            plain.Append(char.IsAsciiLetterOrDigit(c) || (allowColon && c == ':') ? c : '_');
        }

        return plain.Length == 0 ? "_" : plain.ToString();
    }

    // What is in braces is a remark, not a unit (UCUM).
    private static string? UnitWord(string? unit) => unit switch
    {
        null or "" or "1" or ['{', ..] => null,
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" or "µs" => "microseconds",
        "ns" => "nanoseconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "%" => "percent",
        "Cel" => "celsius",
        "Hz" => "hertz",
        _ => Plain(unit, allowColon: false),
    };
}
