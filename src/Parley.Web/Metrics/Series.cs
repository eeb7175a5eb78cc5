namespace Parley.Web.Metrics;

/// <summary>One value over time: a metric with one set of labels.</summary>
internal sealed class Series(LabelSet labels, int buckets)
{
    private readonly Lock _gate = new();
    private readonly long[] _buckets = new long[buckets];
    private long _whole;
    private double _fraction;
    private long _count;

    internal LabelSet Labels { get; } = labels;

    /// <summary>Which time of asking an observed value is of.</summary>
    internal long Asked { get; private set; }

    /// <summary>The sum, or the last value.</summary>
    internal double Value
    {
        get
        {
            lock (_gate)
            {
                return Interlocked.Read(ref _whole) + _fraction;
            }
        }
    }

    internal void Add(long value) => Interlocked.Add(ref _whole, value);

    internal void Add(double value)
    {
        lock (_gate)
        {
            _fraction += value;
        }
    }

    internal void Set(double value, long asked)
    {
        lock (_gate)
        {
            _fraction = value;
            Asked = asked;
        }
    }

    /// <summary>Counts a value of a histogram.</summary>
    /// <param name="value">The value.</param>
    /// <param name="bucket">Which bucket it belongs to, the last being for what is above all bounds.</param>
    internal void Record(double value, int bucket)
    {
        lock (_gate)
        {
            _buckets[bucket]++;
            _count++;
            _fraction += value;
        }
    }

    /// <summary>Values by bucket, how many there are, and their sum, all of one moment.</summary>
    internal (long[] Buckets, long Count, double Sum) Read()
    {
        lock (_gate)
        {
            return ([.. _buckets], _count, _fraction);
        }
    }
}
