using System.Diagnostics;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios;

/// <summary>What remains to be said when the sides have stopped sending: whether all arrived once, in order and acknowledged.</summary>
internal sealed class ChatVerdict(ChatSide[] sides, ChatTraffic traffic)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private long Missing => sides.Sum(static side => side.Sent - side.Received);

    private long Unacknowledged => sides.Sum(static side => side.Unacknowledged);

    /// <summary>Stops sending and waits until nothing is missing, or until nothing has come for 15 seconds.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        traffic.Stop();
        foreach (var side in sides)
            side.Ask();
        var left = long.MaxValue;
        var progress = Stopwatch.GetTimestamp();
        while (Missing + Unacknowledged is > 0 and var now)
        {
            if (now < left)
                (left, progress) = (now, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(progress) > Patience)
                return;
            await Task.Delay(20, cancellation);
        }
    }

    public void AddTo(Report report)
    {
        (string Name, long Count)[] faults =
        [
            ("lost", Missing),
            ("doubled", sides.Sum(static s => s.Doubled)),
            ("out_of_order", sides.Sum(static s => s.OutOfOrder)),
            ("unexpected", sides.Sum(static s => s.Unexpected)),
            ("unacknowledged", Unacknowledged),
            ("wrongly_acknowledged", sides.Sum(static s => s.WrongAcknowledgements)),
            ("disconnected", traffic.Disconnected),
        ];
        report.Add("messages", sides.Sum(static s => s.Sent));
        foreach (var (name, count) in faults)
            report.Add(name, count);
        if (faults.Any(static fault => fault.Count != 0))
            report.Fault("messages were not delivered and acknowledged once each and in order");
    }
}
