using System.Globalization;

namespace Parley.Load.Measurement;

/// <summary>The server's processes as the kernel sees them (proc(5)): CPU time and memory, summed.</summary>
internal sealed class ServerProcesses(IReadOnlyList<int> pids)
{
    public bool Known => pids.Count > 0;

    /// <summary>User and system time of all threads since the start, in seconds; its grain is 10 ms.</summary>
    public double CpuSeconds() => pids.Sum(static pid => ProcessStat.Read(pid).Ticks) / ProcessStat.TicksPerSecond;

    /// <summary>Resident memory, in KiB.</summary>
    public long RssKib() => pids.Sum(static pid => Field(pid, "Rss:"));

    /// <summary>Resident memory with shared pages divided among their users, in KiB.</summary>
    public long PssKib() => pids.Sum(static pid => Field(pid, "Pss:"));

    private static long Field(int pid, string name)
    {
        var line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
