using System.CommandLine;
using System.Diagnostics;
using Parley.Load.Archives;
using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios;

/// <summary>What it costs to page backwards through an archive (XEP-0313), from its end or from its middle.</summary>
internal static class HistoryScenario
{
    public static Command Command(LoadOptions options)
    {
        var seconds = LoadOptions.Number("--seconds", "How long to ask for pages.", 10);
        var page = LoadOptions.Number("--page", "Messages per page.", 50);
        var depth = LoadOptions.Number("--depth", "Begin again behind that many pages.", 100);
        var account = new Option<int>("--account") { Description = "Whose archive: the number behind the prefix." };
        var middle = new Option<bool>("--middle") { Description = "Begin in the middle of the archive's time, instead of at its end." };
        var command = new Command("history", "Measure pages of an archive.") { seconds, page, depth, account, middle };
        options.Run(command, async (parsed, run, cancellation) =>
        {
            var connection = await Negotiation.LogInAsync(run.Target, parsed.GetValue(account), presence: false, cancellation);
            var history = new HistoryClient(connection);
            var start = parsed.GetValue(middle) ? await MiddleAsync(history, cancellation) : "";
            var walk = new Walk(history, start, parsed.GetValue(page), parsed.GetValue(depth));
            await RunAsync(run, walk, TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellation);
            await connection.CloseAsync(cancellation);
        });
        return command;
    }

    private static async Task RunAsync(LoadRun run, Walk walk, TimeSpan duration, CancellationToken cancellation)
    {
        // Once unmeasured: what a server prepares once is no cost of a page.
        var page = await walk.NextAsync(cancellation);
        run.Report.Add("archive_count", page.Count ?? -1);
        var latency = new LatencyHistogram();
        var (pages, messages) = (0L, 0L);
        var interval = new Interval(run.Server, run.Store);
        while (interval.Seconds < duration.TotalSeconds)
        {
            var asked = Stopwatch.GetTimestamp();
            messages += (await walk.NextAsync(cancellation)).Results.Count;
            latency.RecordTicks(Stopwatch.GetTimestamp() - asked);
            pages++;
        }

        var spent = interval.End();
        run.Report.Add("seconds", spent.Seconds);
        run.Report.Add("pages", pages);
        run.Report.Add("pages_per_second", pages / spent.Seconds);
        run.Report.Add("messages_per_page", messages / (double)pages);
        run.Report.AddLatency(latency);
        run.Report.AddCpu(spent, "page", pages, scale: 1e3, unit: "ms");
        if (messages == 0)
            run.Report.Fault("the archive is empty");
    }

    /// <summary>The id of a message in the middle of the time between the oldest and the newest.</summary>
    private static async Task<string> MiddleAsync(HistoryClient history, CancellationToken cancellation)
    {
        var oldest = await history.FirstAsync(1, cancellation);
        var newest = await history.BeforeAsync("", 1, cancellation);
        if (oldest.Results.Count == 0 || newest.Results.Count == 0)
            throw new LoadException("the archive is empty");
        var (start, end) = (HistoryClient.TimeOf(oldest.Results[0]), HistoryClient.TimeOf(newest.Results[0]));
        var middle = await history.UntilAsync(start + ((end - start) / 2), 1, cancellation);
        return middle.First ?? throw new LoadException("the archive has no message in the middle of its time");
    }

    /// <summary>Page after page backwards, from the start again at the archive's beginning or at the depth.</summary>
    private sealed class Walk(HistoryClient history, string start, int size, int depth)
    {
        private string? _before;
        private int _pages;

        public async Task<HistoryPage> NextAsync(CancellationToken cancellation)
        {
            var page = await history.BeforeAsync(_before ?? start, size, cancellation);
            var goesOn = ++_pages < depth && page.Results.Count == size && page.First is not null;
            _before = goesOn ? page.First : null;
            _pages = goesOn ? _pages : 0;
            return page;
        }
    }
}
