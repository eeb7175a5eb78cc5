using System.CommandLine;
using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios.Rooms;

/// <summary>
/// Rooms in which some occupants talk, in a closed loop: each keeps a window of messages that have not come back to itself. Every
/// occupant has to get every message once, from the right address and in order.
/// </summary>
internal static class RoomsScenario
{
    public static Command Command(LoadOptions options)
    {
        var rooms = LoadOptions.Number("--rooms", "How many rooms.", 20);
        var occupants = LoadOptions.Number("--occupants", "Occupants of each room; clients are in several rooms where there are fewer clients than places.", 50);
        var senders = LoadOptions.Number("--senders", "How many occupants of each room talk.", 1);
        var window = LoadOptions.Number("--window", "Messages of each sender that have not come back to it.", 1);
        var seconds = LoadOptions.Number("--seconds", "How long to talk while measuring.", 10);
        var warmup = LoadOptions.Number("--warmup", "How many seconds to talk before measuring.", 2);
        var quiet = QuietOption();
        var service = ServiceOption();
        var prefix = PrefixOption();
        var command = new Command("rooms", "Measure what talk in rooms costs per delivery to an occupant (XEP-0045).")
        {
            rooms, occupants, senders, window, seconds, warmup, quiet, service, prefix,
        };
        options.Run(command, (parsed, run, cancellation) =>
        {
            var shape = new RoomsShape(
                parsed.GetValue(rooms),
                parsed.GetValue(occupants),
                Math.Min(parsed.GetValue(senders), parsed.GetValue(occupants)),
                parsed.GetValue(window),
                parsed.GetValue(quiet),
                parsed.GetValue(warmup),
                parsed.GetValue(seconds));
            var plan = new RoomPlan(run.Target, parsed.GetValue(service), parsed.GetValue(prefix)!);
            return RunAsync(run, shape, plan, cancellation);
        });
        return command;
    }

    public static Option<string?> ServiceOption() => new("--service") { Description = "The rooms' domain; conference.DOMAIN where it is not given." };

    public static Option<string> PrefixOption() => new("--room-prefix")
    {
        Description = "Start of each room's name; lower-case letters.",
        DefaultValueFactory = static _ => "room",
    };

    public static Option<bool> QuietOption() => new("--quiet")
    {
        Description = "Configure rooms so that only moderators' presence is broadcast: large ones fill in linear time.",
    };

    private static async Task RunAsync(LoadRun run, RoomsShape shape, RoomPlan plan, CancellationToken cancellation)
    {
        run.Report.Add("rooms", shape.Rooms);
        run.Report.Add("occupants", shape.Occupants);
        run.Report.Add("senders", shape.Senders);
        run.Report.Add("window", shape.Window);
        run.Report.Add("quiet", shape.Quiet);
        var seats = RoomPlan.Seat(run.Clients, shape.Rooms, shape.Occupants);
        var traffic = new ChatTraffic(paced: false, askEvery: 1, untilAcked: false);
        var crowd = await RoomCrowd.LogInAsync(run, plan, traffic, cancellation);
        var voices = Voices(crowd.Clients, plan, seats, shape.Senders);

        await FillAsync(run, shape, seats, crowd.Clients, cancellation);
        var verdict = new RoomVerdict(crowd.Clients, voices, traffic);
        await TalkAsync(run, shape, voices, traffic, verdict, cancellation);
        verdict.AddTo(run.Report);
        await crowd.LogOutAsync(cancellation);
    }

    private static RoomVoice[] Voices(RoomClient[] clients, RoomPlan plan, int[][] seats, int senders)
    {
        var voices = new List<RoomVoice>();
        for (var room = 0; room < seats.Length; room++)
        {
            foreach (var sender in seats[room].Take(senders))
            {
                var voice = new RoomVoice(clients[sender], voices.Count, plan, room, seats[room].Length);
                voices.Add(voice);
                foreach (var hearer in seats[room])
                    clients[hearer].Hear(voice);
            }
        }

        return [.. voices];
    }

    private static async Task FillAsync(LoadRun run, RoomsShape shape, int[][] seats, RoomClient[] clients, CancellationToken cancellation)
    {
        var making = new RoomMaking(shape.Occupants, shape.Quiet);
        var interval = new Interval(run.Server, run.Store);
        await Crowd.EachAsync(run, seats.Length, (room, _) => making.MakeAsync(clients[seats[room][0]], room), cancellation);
        var others = shape.Occupants - 1;
        await Crowd.EachAsync(
            run, seats.Length * others, (i, _) => clients[seats[i / others][1 + (i % others)]].EnterAsync(i / others), cancellation);
        var spent = interval.End();
        run.Report.Add("fill_seconds", spent.Seconds);
        run.Report.Add("fill_presences", clients.Sum(static client => client.Presences));
    }

    // Measuring begins and ends with nothing in flight: a message is many deliveries, and a fixed time would cut some of them off.
    private static async Task TalkAsync(
        LoadRun run, RoomsShape shape, RoomVoice[] voices, ChatTraffic traffic, RoomVerdict verdict, CancellationToken cancellation)
    {
        Start();
        await traffic.PassAsync(shape.Warmup, cancellation);
        await verdict.DrainAsync(cancellation);

        var before = traffic.Delivered;
        var interval = new Interval(run.Server, run.Store);
        traffic.Measuring = true;
        traffic.Resume();
        Start();
        await traffic.PassAsync(shape.Seconds, cancellation);
        await verdict.DrainAsync(cancellation);
        traffic.Measuring = false;
        var spent = interval.End();

        var delivered = traffic.Delivered - before;
        run.Report.Add("seconds", spent.Seconds);
        run.Report.Add("deliveries", delivered);
        run.Report.Add("deliveries_per_second", delivered / spent.Seconds);
        run.Report.AddLatency(traffic.Latency);
        if (delivered == 0)
            run.Report.Fault("nothing was delivered while measuring");
        run.Report.AddCpu(spent, "delivery", delivered, scale: 1e6, unit: "us");

        void Start()
        {
            foreach (var voice in voices)
                voice.Send(shape.Window, traffic);
        }
    }
}
