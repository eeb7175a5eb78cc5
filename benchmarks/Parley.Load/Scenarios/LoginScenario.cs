using System.CommandLine;
using System.Diagnostics;
using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios;

/// <summary>What a login costs: connect, authenticate, bind, leave; again and again over the accounts.</summary>
internal static class LoginScenario
{
    public static Command Command(LoadOptions options)
    {
        var seconds = LoadOptions.Number("--seconds", "How long to log in.", 10);
        var count = LoadOptions.Number("--count", "End after that many logins.", 1_000_000);
        var command = new Command("login", "Measure logins per second, and the server's CPU time for each.") { seconds, count };
        options.Run(command, (parsed, run, cancellation) =>
            RunAsync(run, TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(count), cancellation));
        return command;
    }

    private static async Task RunAsync(LoadRun run, TimeSpan duration, int count, CancellationToken cancellation)
    {
        // The first login of an account is not measured: it derives the client's keys.
        var unmeasured = new LatencyHistogram();
        await Crowd.EachAsync(run, run.Clients, (i, token) => LogInAndOutAsync(run, i, unmeasured, token), cancellation);

        var latency = new LatencyHistogram();
        var logins = 0;
        var interval = new Interval(run.Server, run.Store);
        await Crowd.EachAsync(
            run,
            count,
            async (i, token) =>
            {
                if (interval.Seconds >= duration.TotalSeconds)
                    return;
                await LogInAndOutAsync(run, i % run.Clients, latency, token);
                Interlocked.Increment(ref logins);
            },
            cancellation);

        var spent = interval.End();
        run.Report.Add("seconds", spent.Seconds);
        run.Report.Add("logins", logins);
        run.Report.Add("logins_per_second", logins / spent.Seconds);
        run.Report.AddLatency(latency);
        run.Report.AddCpu(spent, "login", logins, scale: 1e3, unit: "ms");
    }

    private static async Task LogInAndOutAsync(LoadRun run, int index, LatencyHistogram latency, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var client = await Negotiation.LogInAsync(run.Target, index, presence: false, cancellation);
        latency.Record((long)Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        await client.CloseAsync(cancellation);
    }
}
