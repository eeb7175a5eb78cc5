using System.Globalization;

namespace Parley.Load.Measurement;

/// <summary>The server's processes as the kernel sees them (proc(5)): CPU time and memory, summed.</summary>
internal sealed class ServerProcesses(IReadOnlyList<int> pids)
{
    // USER_HZ: 100 on every Linux architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    public bool Known => pids.Count > 0;

    /// <summary>User and system time of all threads since the start, in seconds; its grain is 10 ms.</summary>
    public double CpuSeconds() => pids.Sum(static pid => CpuTicks(File.ReadAllText($"/proc/{pid}/stat"))) / TicksPerSecond;

    /// <summary>Resident memory, in KiB.</summary>
    public long RssKib() => pids.Sum(static pid => Field(pid, "Rss:"));

    /// <summary>Resident memory with shared pages divided among their users, in KiB.</summary>
    public long PssKib() => pids.Sum(static pid => Field(pid, "Pss:"));

    private static long CpuTicks(string stat)
    {
        // The command's name, in parentheses, may contain spaces; utime and stime are fields 14 and 15, the state behind the name is 3.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return Number(fields[11]) + Number(fields[12]);
    }

    private static long Field(int pid, string name)
    {
        var line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
