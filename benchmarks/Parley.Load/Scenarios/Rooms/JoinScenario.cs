using System.CommandLine;
using System.Diagnostics;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios.Rooms;

/// <summary>
/// A storm: one client makes a room, and all others enter it at once. It is over when each has seen all: as many presences as the square of
/// the occupants, which XEP-0045 §7.2 demands; a server that sends more is seen by their count.
/// </summary>
internal static class JoinScenario
{
    public static Command Command(LoadOptions options)
    {
        var service = RoomsScenario.ServiceOption();
        var prefix = RoomsScenario.PrefixOption();
        var command = new Command("join", "Measure what it costs that all clients but one enter one room at once (XEP-0045).") { service, prefix };
        options.Run(command, (parsed, run, cancellation) =>
            RunAsync(run, new RoomPlan(run.Target, parsed.GetValue(service), parsed.GetValue(prefix)!), cancellation));
        return command;
    }

    private static async Task RunAsync(LoadRun run, RoomPlan plan, CancellationToken cancellation)
    {
        if (run.Clients < 2)
            throw new LoadException("join needs two clients or more");
        var traffic = new ChatTraffic(paced: false, askEvery: 1, untilAcked: false);
        var crowd = await RoomCrowd.LogInAsync(run, plan, traffic, cancellation);
        var clients = crowd.Clients;
        foreach (var client in clients)
            client.Seen = new SeenOccupants(clients.Length);
        await new RoomMaking(clients.Length, quiet: false).MakeAsync(clients[0], room: 0);

        var before = clients.Sum(static client => client.Presences);
        var interval = new Interval(run.Server, run.Store);
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(clients.Skip(1).Select(static client => client.EnterAsync(room: 0)));
        while (clients.Any(client => client.Seen!.Count < clients.Length))
        {
            if (traffic.Disconnected > 0)
                throw new LoadException("the server closed connections during the storm");
            await Task.Delay(5, cancellation);
        }

        var spent = interval.End();
        AddFigures(run.Report, spent, clients, start, clients.Sum(static client => client.Presences) - before);
        await crowd.LogOutAsync(cancellation);
    }

    private static void AddFigures(Report report, Interval.Spent spent, RoomClient[] clients, long start, long presences)
    {
        var joins = clients.Length - 1;
        var entered = new LatencyHistogram();
        foreach (var client in clients.Skip(1))
            entered.RecordTicks(client.Seen!.Entered - start);
        var seen = Stopwatch.GetElapsedTime(start, clients.Max(static client => client.Seen!.Last)).TotalSeconds;
        report.Add("joins", joins);
        report.Add("all_in_seconds", entered.Max / 1e6);
        report.Add("all_seen_seconds", seen);
        report.Add("joins_per_second", joins / seen);
        report.AddLatency(entered, "join");
        report.Add("presences", presences);

        // Each that enters sees all, itself included; who was there before sees each that enters.
        report.Add("presences_demanded", (long)joins * (clients.Length + 1));
        report.AddCpu(spent, "join", joins, scale: 1e3, unit: "ms");
        report.AddCpu(spent, "presence", presences, scale: 1e6, unit: "us");
    }
}
