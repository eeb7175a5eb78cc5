using System.Globalization;

namespace Parley.Load.Measurement;

/// <summary>A process's CPU time, in ticks (proc(5), /proc/PID/stat).</summary>
/// <param name="Ticks">User and system time of all its threads.</param>
/// <param name="TicksWithChildren">The same and that of its children that it waited for.</param>
internal sealed record ProcessStat(long Ticks, long TicksWithChildren)
{
    /// <summary>USER_HZ: 100 on every Linux architecture that .NET runs on.</summary>
    public const double TicksPerSecond = 100;

    public static ProcessStat Read(int pid)
    {
        // The command's name, in parentheses, may contain spaces; utime, stime, cutime and cstime are fields 14 to 17, the state behind the name is 3.
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var own = Number(fields[11]) + Number(fields[12]);
        return new ProcessStat(own, own + Number(fields[13]) + Number(fields[14]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
