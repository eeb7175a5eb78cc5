using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Load.Measurement;

/// <summary>What Parley wants to reach over WebSocket and BOSH, beside what the runs of <c>run-peers --web</c> measured, as Markdown.</summary>
internal sealed class WebGoals
{
    private const string Ours = "parley";
    private const string Cost = "server_us_per_delivery";
    private const string Memory = "rss_kib_per_connection";
    private readonly JsonObject[] _reports;

    private WebGoals(IEnumerable<JsonObject> reports) => _reports = [.. reports.Where(static r => !r.ContainsKey("fault"))];

    public static Command Command()
    {
        var file = new Argument<FileInfo>("reports") { Description = "A file with the JSON lines of the runs." };
        var command = new Command("web-goals", "Print what Parley wants to reach over WebSocket and BOSH, and what the runs measured.") { file };
        command.SetAction(async (parsed, cancellation) =>
        {
            var lines = await File.ReadAllLinesAsync(parsed.GetValue(file)!.FullName, cancellation);
            Console.Out.Write(new WebGoals(lines.Where(static l => l.Length > 0).Select(static l => JsonNode.Parse(l)!.AsObject())).Markdown());
        });
        return command;
    }

    private string Markdown()
    {
        var text = new StringBuilder("| goal | limit | measured | reached |\n|---|---:|---:|---|\n");
        foreach (var window in (int[])[8, 1])
        {
            var flight = string.Create(CultureInfo.InvariantCulture, $"{window} in flight");
            Add(text, $"WebSocket to Parley's own TCP, {flight}", 1.5, Ratio(Our("websocket", window), Our("tcp", window)), "×");
            Add(text, $"WebSocket to the better peer's, {flight}", 0.25, Ratio(Our("websocket", window), BestPeer("websocket", window)), "×");
            Add(text, $"BOSH to the better peer's, {flight}", 0.5, Ratio(Our("bosh", window), BestPeer("bosh", window)), "×");
        }

        var idle = _reports.LastOrDefault(static r => Server(r) == Ours && (string)r["transport"]! == "websocket" && r.ContainsKey(Memory));
        Add(text, "RSS per idle WebSocket client", 20, (double?)idle?[Memory], " KiB");
        return text.ToString();
    }

    private static void Add(StringBuilder text, string goal, double limit, double? measured, string unit)
    {
        var (shown, reached) = measured is { } value
            ? (value.ToString("0.00", CultureInfo.InvariantCulture) + unit, value <= limit ? "yes" : "no")
            : ("–", "not measured");
        text.Append(CultureInfo.InvariantCulture, $"| {goal} | {limit}{unit} | {shown} | {reached} |\n");
    }

    private static double? Ratio(double? ours, double? other) => other > 0 ? ours / other : null;

    private static string Server(JsonObject report) => (string)report["server"]!;

    private double? Our(string transport, int window) => Costs(transport, window, static server => server == Ours).LastOrDefault();

    private double? BestPeer(string transport, int window) => Costs(transport, window, static server => server != Ours).Min();

    private IEnumerable<double?> Costs(string transport, int window, Func<string, bool> isWanted) => _reports
        .Where(r => isWanted(Server(r)) && (string)r["transport"]! == transport && r.ContainsKey(Cost) && (int)r["window"]! == window)
        .Select(static r => (double?)r[Cost]);
}
