using System.CommandLine;
using Parley.Load.Archives;
using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios;

/// <summary>
/// Pairs of clients that talk, in a closed loop (each side keeps a window of messages in flight) or at a fixed rate.
/// Nothing may be lost, doubled or out of order.
/// </summary>
internal static class ChatScenario
{
    public static Command Command(LoadOptions options)
    {
        var seconds = LoadOptions.Number("--seconds", "How long to measure.", 10);
        var warmup = LoadOptions.Number("--warmup", "How many seconds to talk before measuring.", 2);
        var count = LoadOptions.Number("--count", "End after that many messages behind the warm-up.", int.MaxValue);
        var window = LoadOptions.Number("--window", "Messages that each side keeps undelivered.", 8);
        var rate = new Option<int>("--rate") { Description = "Send that many messages per second over all sides, instead of a window." };
        var askEvery = LoadOptions.Number("--ack-every", "With --managed: ask for an acknowledgement behind every that many messages.", 1);
        var untilAcked = new Option<bool>("--until-acked") { Description = "With --managed: the window counts messages that are undelivered or unacknowledged." };
        var oneWay = new Option<bool>("--one-way") { Description = "Only one side of each pair sends." };
        var bare = new Option<bool>("--bare") { Description = "Address the bare JID instead of the full one." };
        var archived = new Option<bool>("--archived") { Description = "Fail unless all messages are in the archives of both sides (XEP-0313)." };
        var fromRest = new Option<bool>("--from-rest")
        {
            Description = "Let all messages arrive before measuring begins, and before it ends: for servers that deliver in bursts.",
        };
        var command = new Command("chat", "Measure message delivery between pairs of clients.")
        {
            seconds, warmup, count, window, rate, askEvery, untilAcked, oneWay, bare, archived, fromRest,
        };
        options.Run(command, (parsed, run, cancellation) =>
        {
            var shape = new ChatShape(
                parsed.GetValue(window),
                Math.Max(0, parsed.GetValue(rate)),
                parsed.GetValue(askEvery),
                run.Target.Managed && parsed.GetValue(untilAcked),
                parsed.GetValue(oneWay),
                parsed.GetValue(bare),
                parsed.GetValue(archived),
                parsed.GetValue(fromRest),
                parsed.GetValue(warmup),
                parsed.GetValue(seconds),
                parsed.GetValue(count));
            return RunAsync(run, shape, cancellation);
        });
        return command;
    }

    private static async Task RunAsync(LoadRun run, ChatShape shape, CancellationToken cancellation)
    {
        run.Report.Add("window", shape.Rate > 0 ? 0 : shape.Window);
        run.Report.Add("rate", shape.Rate);
        run.Report.Add("ack_every", run.Target.Managed ? shape.AskEvery : 0);
        run.Report.Add("until_acked", shape.UntilAcked);
        run.Report.Add("one_way", shape.OneWay);
        run.Report.Add("bare", shape.Bare);
        run.Report.Add("from_rest", shape.FromRest);
        var count = run.Clients / 2 * 2;
        if (count == 0)
            throw new LoadException("chat needs two clients or more");
        var archive = shape.Archived ? await ArchiveCheck.BeginAsync(run, count, cancellation) : null;
        var clients = await Crowd.LogInAsync(run, count, cancellation);
        var traffic = new ChatTraffic(shape.Rate > 0, shape.AskEvery, shape.UntilAcked);
        var sides = Pair(clients, traffic, shape.Bare, cancellation);
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = Task.WhenAll(sides.Select(side => side.ReceiveAsync(stopReading.Token)));

        var verdict = new ChatVerdict(sides, traffic);
        await TalkAsync(run, shape, sides, traffic, verdict, cancellation);

        await verdict.DrainAsync(cancellation);
        await stopReading.CancelAsync();
        await reading;
        verdict.AddTo(run.Report);
        await Crowd.LogOutAsync(run, clients, cancellation);
        if (archive is not null)
            await archive.EndAsync(sides, cancellation);
    }

    private static async Task TalkAsync(
        LoadRun run, ChatShape shape, ChatSide[] sides, ChatTraffic traffic, ChatVerdict verdict, CancellationToken cancellation)
    {
        var senders = sides.Where(side => !shape.OneWay || side.Index % 2 == 0).ToArray();
        using var stopSending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pacer = new Pacer(senders, traffic, shape.Rate);
        var pacing = Task.CompletedTask;
        var rests = shape.FromRest && !traffic.Paced;
        if (traffic.Paced)
            pacing = pacer.RunAsync(stopSending.Token);
        else
            Start();

        await traffic.PassAsync(shape.Warmup, cancellation);
        if (rests)
            await verdict.DrainAsync(cancellation);
        var interval = new Interval(run.Server, run.Store);
        var (delivered, acknowledged) = (traffic.Delivered, traffic.Acknowledged);
        traffic.Measuring = true;
        traffic.Limit(shape.Count);
        if (rests)
        {
            traffic.Resume();
            Start();
        }

        await traffic.PassAsync(shape.Seconds, cancellation);
        if (rests)
            await verdict.DrainAsync(cancellation);
        traffic.Measuring = false;
        var spent = interval.End();
        delivered = traffic.Delivered - delivered;
        acknowledged = traffic.Acknowledged - acknowledged;
        await stopSending.CancelAsync();

        AddFigures(run, spent, traffic, delivered, acknowledged);
        if (traffic.Paced)
            run.Report.AddLatency(pacer.Lateness, "late");
        await pacing;

        void Start()
        {
            foreach (var side in senders)
                side.Send(shape.Window);
        }
    }

    private static void AddFigures(LoadRun run, Interval.Spent spent, ChatTraffic traffic, long delivered, long acknowledged)
    {
        run.Report.Add("seconds", spent.Seconds);
        run.Report.Add("deliveries", delivered);
        run.Report.Add("deliveries_per_second", delivered / spent.Seconds);
        run.Report.AddLatency(traffic.Latency);
        if (run.Target.Managed)
        {
            run.Report.Add("acks_per_second", acknowledged / spent.Seconds);
            run.Report.AddLatency(traffic.AckLatency, "ack");
        }

        if (delivered == 0)
            run.Report.Fault("nothing was delivered while measuring");
        run.Report.AddCpu(spent, "delivery", delivered, scale: 1e6, unit: "us");
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
}
