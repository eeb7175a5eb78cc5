using System.Diagnostics;
using System.Numerics;

namespace Parley.Load.Measurement;

/// <summary>Counts latencies in microseconds, in 64 steps per power of two: each figure is exact to 1.6 %.</summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 6;
    private const int Steps = 1 << StepBits;
    private readonly long[] _counts = new long[Steps * 40];
    private long _max;

    public long Max => _max;

    /// <summary>May be called from several threads.</summary>
    public void Record(long microseconds)
    {
        var value = Math.Max(0, microseconds);
        Interlocked.Increment(ref _counts[Math.Min(Bucket(value), _counts.Length - 1)]);
        for (var seen = Volatile.Read(ref _max); value > seen;)
            seen = Interlocked.CompareExchange(ref _max, value, seen);
    }

    /// <summary>Records a difference of two time stamps of <see cref="Stopwatch"/>.</summary>
    public void RecordTicks(long ticks) => Record(ticks * 1_000_000 / Stopwatch.Frequency);

    /// <summary>The latency, in microseconds, that a share of all (0 to 1) does not exceed; 0 when nothing was recorded.</summary>
    public long Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(_counts.Sum() * share);
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (wanted > 0 && seen >= wanted)
                return Math.Min(UpperEnd(i), _max);
        }

        return 0;
    }

    private static int Bucket(long value)
    {
        if (value < Steps)
            return (int)value;
        var shift = BitOperations.Log2((ulong)value) - StepBits;
        return (shift * Steps) + (int)(value >> shift);
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < Steps * 2)
            return bucket;
        var shift = (bucket / Steps) - 1;
        return ((bucket - (shift * Steps) + 1L) << shift) - 1;
    }
}
