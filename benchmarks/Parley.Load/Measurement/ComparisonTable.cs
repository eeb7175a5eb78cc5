using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Load.Measurement;

/// <summary>Sets the reports of several servers beside each other, as Markdown.</summary>
internal static class ComparisonTable
{
    private const string Ours = "parley";

    private static readonly (string Name, string Title)[] Figures =
    [
        ("server_us_per_delivery", "server CPU per delivery, µs"),
        ("store_us_per_delivery", "PostgreSQL CPU per delivery, µs"),
        ("deliveries_per_second", "deliveries/s"),
        ("server_ms_per_login", "server CPU per login, ms"),
        ("logins_per_second", "logins/s"),
        ("server_ms_per_join", "server CPU per join, ms"),
        ("server_us_per_presence", "server CPU per presence, µs"),
        ("all_in_seconds", "until all are in, s"),
        ("all_seen_seconds", "until all have seen all, s"),
        ("presences", "presences"),
        ("latency_p50_ms", "latency p50, ms"),
        ("latency_p99_ms", "latency p99, ms"),
        ("ack_p50_ms", "acknowledgement p50, ms"),
        ("ack_p95_ms", "acknowledgement p95, ms"),
        ("ack_p99_ms", "acknowledgement p99, ms"),
        ("server_ms_per_page", "server CPU per page, ms"),
        ("store_ms_per_page", "PostgreSQL CPU per page, ms"),
        ("pages_per_second", "pages/s"),
        ("rss_kib_per_connection", "RSS per connection, KiB"),
        ("pss_kib_per_connection", "PSS per connection, KiB"),
    ];

    public static Command Command()
    {
        var file = new Argument<FileInfo>("reports") { Description = "A file with the JSON lines of the runs." };
        var command = new Command("table", "Print the reports of several servers as one Markdown table, with the ratio to parley.") { file };
        command.SetAction(async (parsed, cancellation) =>
        {
            var lines = await File.ReadAllLinesAsync(parsed.GetValue(file)!.FullName, cancellation);
            Console.Out.Write(Markdown([.. lines.Where(static l => l.Length > 0).Select(static l => JsonNode.Parse(l)!.AsObject())]));
        });
        return command;
    }

    private static string Markdown(IReadOnlyList<JsonObject> reports)
    {
        var servers = reports.Select(Server).Distinct().OrderByDescending(static s => s == Ours).ToArray();
        var text = new StringBuilder("| scenario | figure |");
        foreach (var server in servers)
            text.Append(CultureInfo.InvariantCulture, $" {server} |");
        text.Append("\n|---|---|").Insert(text.Length, "---:|", servers.Length).Append('\n');
        foreach (var run in reports.GroupBy(static r => (string)r["name"]!))
        {
            var byServer = run.GroupBy(Server).ToDictionary(static g => g.Key, static g => g.Last());
            foreach (var (name, title) in Figures.Where(f => byServer.Values.Any(r => r.ContainsKey(f.Name))))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {run.Key} | {title} |");
                foreach (var server in servers)
                    text.Append(CultureInfo.InvariantCulture, $" {Cell(byServer, server, name)} |");
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Server(JsonObject report) => (string)report["server"]!;

    private static string Cell(Dictionary<string, JsonObject> reports, string server, string name)
    {
        if (!reports.TryGetValue(server, out var report))
            return "–";
        if (report.ContainsKey("fault"))
            return "failed";
        if (Value(report, name) is not { } value)
            return "–";
        var shown = value.ToString(value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
        var ours = reports.TryGetValue(Ours, out var parley) ? Value(parley, name) : null;
        return server == Ours || ours is not > 0
            ? shown
            : string.Create(CultureInfo.InvariantCulture, $"{shown} ({value / ours:0.0}×)");
    }

    private static double? Value(JsonObject report, string name) =>
        report[name] is { } node && node.GetValueKind() == JsonValueKind.Number ? (double)node : null;
}
