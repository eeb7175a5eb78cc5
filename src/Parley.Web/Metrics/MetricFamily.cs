using System.Collections.Concurrent;
using Tags = System.ReadOnlySpan<System.Collections.Generic.KeyValuePair<string, object?>>;

namespace Parley.Web.Metrics;

/// <summary>One metric: its name, what it means, and its series. Instruments of the same name, of several meters or in several scopes, share it.</summary>
internal sealed class MetricFamily
{
    private const int MaxFirst = 8;
    private readonly ConcurrentDictionary<LabelSet, Series> _series;
    private readonly ConcurrentDictionary<LabelSet, Series>.AlternateLookup<Tags> _byTags;
    private readonly TagsComparer _comparer;
    private readonly MeterCollector _collector;
    private readonly Lock _gate = new();

    // The first few, found by the identity of their tags: what counts every stanza has constants for tags, and looks nothing up.
    private volatile (LabelSet Labels, Series Series)[] _first = [];

    internal MetricFamily(MeterCollector collector, string name, MetricKind kind, string? description, IReadOnlyList<double> bounds)
    {
        (_collector, Name, Kind, Description, Bounds) = (collector, name, kind, description, [.. bounds]);
        _comparer = new TagsComparer(kind == MetricKind.Histogram);
        _series = new ConcurrentDictionary<LabelSet, Series>(_comparer);
        _byTags = _series.GetAlternateLookup<Tags>();
    }

    internal string Name { get; }

    internal MetricKind Kind { get; }

    internal string? Description { get; }

    /// <summary>The upper bounds of a histogram's buckets, ascending; one more bucket is for what is above.</summary>
    internal double[] Bounds { get; }

    /// <summary>The series, in the order of their labels.</summary>
    internal IEnumerable<Series> Series => _series.Values.Distinct().OrderBy(static series => series.Labels.Text, StringComparer.Ordinal);

    internal void Measure(long value, Tags tags)
    {
        if (Kind is MetricKind.Counter or MetricKind.UpDownCounter)
        {
            Find(tags)?.Add(value);
        }
        else
        {
            Measure((double)value, tags);
        }
    }

    internal void Measure(double value, Tags tags)
    {
        if (Find(tags) is not { } series)
        {
            return;
        }

        switch (Kind)
        {
            case MetricKind.Counter or MetricKind.UpDownCounter:
                series.Add(value);
                break;
            case MetricKind.Histogram:
                var at = Array.BinarySearch(Bounds, value);
                series.Record(value, at < 0 ? ~at : at);
                break;
            default:
                series.Set(value, _collector.Asked);
                break;
        }
    }

    /// <summary>Forgets the observed series that were not there this time.</summary>
    internal void Forget(long asked)
    {
        foreach (var (labels, series) in _series)
        {
            if (series.Asked != asked && _series.TryRemove(labels, out _))
            {
                _collector.Release();
            }
        }
    }

    private Series? Find(Tags tags)
    {
        foreach (var (labels, series) in _first)
        {
            if (IsSame(labels.Tags, tags))
            {
                return series;
            }
        }

        return _byTags.TryGetValue(tags, out var known) ? known : Add(tags);
    }

    private static bool IsSame(Tags known, Tags tags)
    {
        if (known.Length != tags.Length)
        {
            return false;
        }

        for (var i = 0; i < tags.Length; i++)
        {
            if (!ReferenceEquals(known[i].Key, tags[i].Key) || !ReferenceEquals(known[i].Value, tags[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    private Series? Add(Tags tags)
    {
        lock (_gate)
        {
            if (_byTags.TryGetValue(tags, out var known))
            {
                return known;
            }

            if (!_collector.TryTake(_series.Count))
            {
                return null;
            }

            // The same tags in another order, or two values that are written alike, are the same series.
            var labels = _comparer.Create(tags);
            var series = _series.Values.FirstOrDefault(other => other.Labels.Text == labels.Text) ?? new Series(labels, Bounds.Length + 1);
            _series[labels] = series;
            if (_first.Length < MaxFirst && !Kind.IsObserved())
            {
                _first = [.. _first, (labels, series)];
            }

            return series;
        }
    }
}
