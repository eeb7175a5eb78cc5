using System.Diagnostics;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios.Rooms;

/// <summary>What remains to be said when the voices are silent: whether every occupant got every message, once and in order.</summary>
internal sealed class RoomVerdict(RoomClient[] clients, RoomVoice[] voices, ChatTraffic traffic)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private long Missing => voices.Sum(static voice => voice.Owed) - clients.Sum(static client => client.Received);

    /// <summary>Stops sending and waits until nothing is missing, or until nothing has come for 15 seconds.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        traffic.Stop();
        var left = long.MaxValue;
        var progress = Stopwatch.GetTimestamp();
        while (Missing is > 0 and var now)
        {
            if (now < left)
                (left, progress) = (now, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(progress) > Patience)
                return;
            await Task.Delay(5, cancellation);
        }
    }

    public void AddTo(Report report)
    {
        (string Name, long Count)[] faults =
        [
            ("lost", Missing),
            ("doubled", clients.Sum(static c => c.Doubled)),
            ("out_of_order", clients.Sum(static c => c.OutOfOrder)),
            ("unexpected", clients.Sum(static c => c.Unexpected)),
            ("disconnected", traffic.Disconnected),
        ];
        report.Add("messages", voices.Sum(static voice => voice.Sent));
        foreach (var (name, count) in faults)
            report.Add(name, count);
        if (faults.Any(static fault => fault.Count != 0))
            report.Fault("messages were not delivered to every occupant once and in order");
    }
}
