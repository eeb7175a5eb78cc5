using System.Diagnostics;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios;

/// <summary>
/// An open loop: messages leave at a fixed rate over all senders in turn, whatever the server does. Each is stamped with the time
/// that it was due at, so that a delay of the tool or of the server counts for all messages that waited for it.
/// </summary>
internal sealed class Pacer(IReadOnlyList<ChatSide> senders, ChatTraffic traffic, int rate)
{
    /// <summary>A server that is this many seconds of load behind is not going to come after.</summary>
    private const int MostSecondsBehind = 10;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>How late the tool itself was.</summary>
    public LatencyHistogram Lateness { get; } = new();

    /// <summary>Sends until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        var perMessage = (double)Stopwatch.Frequency / rate;
        var sent = 0L;
        try
        {
            using var timer = new PeriodicTimer(Tick);
            while (await timer.WaitForNextTickAsync(stop))
            {
                var now = Stopwatch.GetTimestamp();
                if (sent - traffic.Delivered > (long)rate * MostSecondsBehind)
                    throw new LoadException($"the server is more than {MostSecondsBehind} s behind the rate");
                for (long due; (due = start + (long)(sent * perMessage)) <= now; sent++)
                {
                    if (traffic.Measuring)
                        Lateness.RecordTicks(now - due);
                    senders[(int)(sent % senders.Count)].Send(1, due);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }
}
