using System.Diagnostics.Metrics;
using Tags = System.ReadOnlySpan<System.Collections.Generic.KeyValuePair<string, object?>>;

namespace Parley.Web.Metrics;

/// <summary>Gathers the figures of all meters of the process, from the time that it is made.</summary>
/// <remarks>
/// Bounded: 1,000 metrics, 200 series each and 5,000 in all. Measurements that would need more are counted as <c>parley_metrics_dropped_total</c> and not kept.
/// Histograms have the buckets that their instrument advises, else ones for seconds or, where the unit is another, for powers of ten.
/// </remarks>
internal sealed class MeterCollector : IDisposable
{
    private const int MaxFamilies = 1000;
    private const int MaxSeriesPerFamily = 200;
    private const int MaxSeries = 5000;
    private static readonly double[] SecondBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] OtherBounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 100_000, 1_000_000];

    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Lock _asking = new();
    private int _series;
    private long _dropped;
    private long _asked;

    public MeterCollector()
    {
        _listener.InstrumentPublished = Begin;
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, family) => Measure(family, (long)value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, family) => Measure(family, (long)value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => Measure(family, (long)value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => Measure(family, value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, family) => Measure(family, value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => Measure(family, value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, family) => Measure(family, (double)value, tags));
        _listener.Start();
    }

    /// <summary>How often observed instruments have been asked.</summary>
    internal long Asked => Volatile.Read(ref _asked);

    /// <summary>Measurements that there was no room for.</summary>
    internal long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Asks the observed instruments and hands all metrics over, in the order of their names.</summary>
    internal TResult Read<TResult>(Func<IReadOnlyList<MetricFamily>, TResult> read)
    {
        // One at a time: what has not been seen this time is forgotten.
        lock (_asking)
        {
            var asked = Interlocked.Increment(ref _asked);
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException)
            {
                // Instruments that fail have no value; the others have been asked.
            }

            List<MetricFamily> families;
            lock (_gate)
            {
                families = [.. _families.Values.OrderBy(static family => family.Name, StringComparer.Ordinal)];
            }

            foreach (var family in families.Where(static family => family.Kind.IsObserved()))
            {
                family.Forget(asked);
            }

            return read(families);
        }
    }

    /// <summary>Takes room for one more series.</summary>
    internal bool TryTake(int ofFamily)
    {
        if (ofFamily < MaxSeriesPerFamily && Interlocked.Increment(ref _series) is var taken)
        {
            if (taken <= MaxSeries)
            {
                return true;
            }

            Interlocked.Decrement(ref _series);
        }

        Interlocked.Increment(ref _dropped);
        return false;
    }

    /// <summary>Gives the room of a series back.</summary>
    internal void Release() => Interlocked.Decrement(ref _series);

    public void Dispose() => _listener.Dispose();

    private static void Measure(object? family, long value, Tags tags) => ((MetricFamily)family!).Measure(value, tags);

    private static void Measure(object? family, double value, Tags tags) => ((MetricFamily)family!).Measure(value, tags);

    private void Begin(Instrument instrument, MeterListener listener)
    {
        if (MetricKinds.Of(instrument) is not { } kind)
        {
            return;
        }

        var name = MetricNames.Of(instrument.Name, instrument.Unit, kind);
        MetricFamily? family;
        lock (_gate)
        {
            if (!_families.TryGetValue(name, out family) && _families.Count < MaxFamilies)
            {
                family = new MetricFamily(this, name, kind, instrument.Description, kind == MetricKind.Histogram ? Bounds(instrument) : []);
                _families.Add(name, family);
            }
        }

        // Another of the same name that counts otherwise: a metric is of one type.
        if (family?.Kind == kind)
        {
            listener.EnableMeasurementEvents(instrument, family);
        }
    }

    private static IReadOnlyList<double> Bounds(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries,
            Histogram<float> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(static bound => (double)bound).ToList(),
            Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(static bound => (double)bound).ToList(),
            Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(static bound => (double)bound).ToList(),
            _ => null,
        };
        return advised ?? (instrument.Unit == "s" ? SecondBounds : OtherBounds);
    }
}
