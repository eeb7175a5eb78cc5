using System.Diagnostics;

namespace Parley.Load.Measurement;

/// <summary>Begins to measure wall time and CPU time, of the server, its database and the tool, when it is made.</summary>
internal sealed class Interval(ServerProcesses server, ProcessTree store)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly double _serverCpu = server.CpuSeconds();
    private readonly double _storeCpu = store.CpuSeconds();
    private readonly double _ownCpu = OwnCpu();

    public double Seconds => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    public Spent End() => new(
        Seconds,
        server.Known ? server.CpuSeconds() - _serverCpu : null,
        store.Known ? store.CpuSeconds() - _storeCpu : null,
        OwnCpu() - _ownCpu);

    private static double OwnCpu() => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>All in seconds; <paramref name="ServerCpu"/> and <paramref name="StoreCpu"/> are null where no process is known.</summary>
    internal sealed record Spent(double Seconds, double? ServerCpu, double? StoreCpu, double OwnCpu);
}
