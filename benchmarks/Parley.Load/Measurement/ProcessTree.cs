using System.Globalization;

namespace Parley.Load.Measurement;

/// <summary>A process and all its descendants, such as those of a PostgreSQL server; 0 for none.</summary>
internal sealed class ProcessTree(int root)
{
    public bool Known => root > 0;

    /// <summary>
    /// User and system time of all of them since their start, in seconds; its grain is 10 ms per process. What ended in between is
    /// part of its parent's sum for children that were waited for.
    /// </summary>
    public double CpuSeconds() => Known ? Ticks(root) / ProcessStat.TicksPerSecond : 0;

    private static long Ticks(int pid)
    {
        try
        {
            return ProcessStat.Read(pid).TicksWithChildren + Children(pid).Sum(Ticks);
        }
        catch (IOException) when (!Directory.Exists($"/proc/{pid}"))
        {
            return 0;
        }
    }

    private static int[] Children(int pid) =>
    [
        .. Directory.EnumerateDirectories($"/proc/{pid}/task")
            .SelectMany(static task => File.ReadAllText(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(static child => int.Parse(child, CultureInfo.InvariantCulture)),
    ];
}
