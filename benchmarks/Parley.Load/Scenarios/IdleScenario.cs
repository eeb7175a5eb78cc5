using System.CommandLine;
using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios;

/// <summary>What a client that says nothing costs: the server's memory before, and with all of them available.</summary>
internal static class IdleScenario
{
    public static Command Command(LoadOptions options)
    {
        var seconds = LoadOptions.Number("--seconds", "How long to hold the connections before memory is read again.", 5);
        var command = new Command("idle", "Measure the server's memory and CPU for connections that rest.") { seconds };
        options.Run(command, (parsed, run, cancellation) =>
            RunAsync(run, TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellation));
        return command;
    }

    private static async Task RunAsync(LoadRun run, TimeSpan hold, CancellationToken cancellation)
    {
        // A few clients first: what the server loads once is no cost of a connection.
        await Crowd.LogOutAsync(run, await Crowd.LogInAsync(run, Math.Min(20, run.Clients), cancellation), cancellation);
        await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        var (rss, pss) = (run.Server.RssKib(), run.Server.PssKib());

        var connecting = new Interval(run.Server, run.Store);
        var clients = await Crowd.LogInAsync(run, run.Clients, cancellation);
        run.Report.Add("connect_seconds", connecting.Seconds);

        var resting = new Interval(run.Server, run.Store);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var holding = clients.Select(client => client.HoldAsync(stop.Token)).ToArray();
        await Task.Delay(hold, cancellation);
        if (run.Server.Known)
        {
            var spent = resting.End();
            run.Report.Add("server_cpu_percent", 100 * spent.ServerCpu!.Value / spent.Seconds);
            var (rssHeld, pssHeld) = (run.Server.RssKib(), run.Server.PssKib());
            run.Report.Add("rss_before_kib", rss);
            run.Report.Add("rss_held_kib", rssHeld);
            run.Report.Add("rss_kib_per_connection", (rssHeld - rss) / (double)run.Clients);
            run.Report.Add("pss_kib_per_connection", (pssHeld - pss) / (double)run.Clients);
        }

        await stop.CancelAsync();
        var dropped = (await Task.WhenAll(holding)).Count(static held => !held);
        run.Report.Add("dropped", dropped);
        if (dropped > 0)
            run.Report.Fault("the server closed idle connections");
        await Crowd.LogOutAsync(run, clients, cancellation);
    }
}
