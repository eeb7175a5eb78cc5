using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Parley.Load.Measurement;

/// <summary>The named figures of a run, in the order in which they were found.</summary>
internal sealed class Report
{
    private readonly List<(string Name, object Value)> _figures = [];

    /// <summary>False once anything went wrong: the tool's exit code.</summary>
    public bool Succeeded { get; private set; } = true;

    public void Add(string name, object value) => _figures.Add((name, value));

    public void Fault(string what)
    {
        Succeeded = false;
        Add("fault", what);
    }

    /// <summary>Adds the percentiles, in milliseconds.</summary>
    public void AddLatency(LatencyHistogram latency, string name = "latency")
    {
        Add($"{name}_p50_ms", latency.Percentile(0.50) / 1e3);
        Add($"{name}_p95_ms", latency.Percentile(0.95) / 1e3);
        Add($"{name}_p99_ms", latency.Percentile(0.99) / 1e3);
        Add($"{name}_max_ms", latency.Max / 1e3);
    }

    /// <summary>Adds CPU time per thing done, of the server and of its database where they are known, and of the tool itself.</summary>
    public void AddCpu(Interval.Spent spent, string thing, long count, double scale, string unit)
    {
        if (spent.ServerCpu is { } server)
            Add($"server_{unit}_per_{thing}", scale * server / count);
        if (spent.StoreCpu is { } store)
            Add($"store_{unit}_per_{thing}", scale * store / count);
        Add($"own_{unit}_per_{thing}", scale * spent.OwnCpu / count);
    }

    public void Print(TextWriter writer, bool json) => writer.WriteLine(json ? Json() : Text());

    private string Text()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _figures)
        {
            if (value is not "")
                text.Append(CultureInfo.InvariantCulture, $"{name,-32} {(value is double d ? Rounded(d) : value)}\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    private string Json()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in _figures)
            {
                writer.WritePropertyName(name);
                if (value is double figure)
                    writer.WriteNumberValue(Rounded(figure));
                else
                    JsonSerializer.Serialize(writer, value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static double Rounded(double figure) => double.IsFinite(figure) ? Math.Round(figure, 3) : 0;
}
