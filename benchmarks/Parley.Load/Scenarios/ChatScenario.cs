using System.CommandLine;
using System.Diagnostics;
using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios;

/// <summary>
/// Pairs of clients that talk: each side keeps a window of messages in flight. Nothing may be lost, doubled or out of order.
/// </summary>
internal static class ChatScenario
{
    public static Command Command(LoadOptions options)
    {
        var seconds = LoadOptions.Number("--seconds", "How long to measure.", 10);
        var warmup = LoadOptions.Number("--warmup", "How many seconds to talk before measuring.", 2);
        var count = LoadOptions.Number("--count", "End after that many messages behind the warm-up.", int.MaxValue);
        var window = LoadOptions.Number("--window", "Messages that each side keeps in flight.", 8);
        var oneWay = new Option<bool>("--one-way") { Description = "Only one side of each pair sends." };
        var bare = new Option<bool>("--bare") { Description = "Address the bare JID instead of the full one." };
        var command = new Command("chat", "Measure message delivery between pairs of clients.") { seconds, warmup, count, window, oneWay, bare };
        options.Run(command, (parsed, run, cancellation) =>
        {
            var shape = new Shape(
                parsed.GetValue(window),
                parsed.GetValue(oneWay),
                parsed.GetValue(bare),
                parsed.GetValue(warmup),
                parsed.GetValue(seconds),
                parsed.GetValue(count));
            return RunAsync(run, shape, cancellation);
        });
        return command;
    }

    private static async Task RunAsync(LoadRun run, Shape shape, CancellationToken cancellation)
    {
        run.Report.Add("window", shape.Window);
        run.Report.Add("one_way", shape.OneWay);
        run.Report.Add("bare", shape.Bare);
        var clients = await Crowd.LogInAsync(run, run.Clients / 2 * 2, cancellation);
        if (clients.Length == 0)
            throw new LoadException("chat needs two clients or more");
        var traffic = new ChatTraffic();
        var sides = Pair(clients, traffic, shape.Bare, cancellation);
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = Task.WhenAll(sides.Select(side => side.ReceiveAsync(stopReading.Token)));

        foreach (var side in sides.Where(side => !shape.OneWay || side.Index % 2 == 0))
            side.Send(shape.Window);
        await traffic.PassAsync(shape.Warmup, cancellation);

        var interval = new Interval(run.Server);
        var before = traffic.Delivered;
        traffic.Measuring = true;
        traffic.Limit(shape.Count);
        await traffic.PassAsync(shape.Seconds, cancellation);
        traffic.Measuring = false;
        var spent = interval.End();
        var deliveries = traffic.Delivered - before;
        run.Report.Add("seconds", spent.Seconds);
        run.Report.Add("deliveries", deliveries);
        run.Report.Add("deliveries_per_second", deliveries / spent.Seconds);
        run.Report.AddLatency(traffic.Latency);
        run.Report.AddCpu(spent, "delivery", deliveries, scale: 1e6, unit: "us");

        traffic.Stop();
        await DrainAsync(sides, cancellation);
        await stopReading.CancelAsync();
        await reading;
        Verify(run.Report, sides, traffic);
        await Crowd.LogOutAsync(run, clients, cancellation);
    }

    private static ChatSide[] Pair(ClientConnection[] clients, ChatTraffic traffic, bool bare, CancellationToken cancellation)
    {
        var sides = clients.Select((client, i) => new ChatSide(client, i, traffic, cancellation)).ToArray();
        for (var i = 0; i < sides.Length; i += 2)
        {
            sides[i].Meet(sides[i + 1], bare);
            sides[i + 1].Meet(sides[i], bare);
        }

        return sides;
    }

    private static async Task DrainAsync(ChatSide[] sides, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        while (sides.Sum(static s => s.Sent - s.Received) > 0 && Stopwatch.GetElapsedTime(start).TotalSeconds < 5)
            await Task.Delay(20, cancellation);
    }

    private static void Verify(Report report, ChatSide[] sides, ChatTraffic traffic)
    {
        (string Name, long Count)[] faults =
        [
            ("lost", sides.Sum(static s => s.Sent - s.Received)),
            ("doubled", sides.Sum(static s => s.Doubled)),
            ("out_of_order", sides.Sum(static s => s.OutOfOrder)),
            ("unexpected", sides.Sum(static s => s.Unexpected)),
            ("disconnected", traffic.Disconnected),
        ];
        report.Add("messages", sides.Sum(static s => s.Sent));
        foreach (var (name, count) in faults)
            report.Add(name, count);
        if (faults.Any(static fault => fault.Count != 0))
            report.Fault("messages were not delivered once each and in order");
    }

    private sealed record Shape(int Window, bool OneWay, bool Bare, int Warmup, int Seconds, int Count);
}
