using System.Diagnostics.Metrics;

namespace Parley.Web.Metrics;

/// <summary>How figures of an instrument become a value.</summary>
internal enum MetricKind
{
    /// <summary>Increments are added up; the sum never falls.</summary>
    Counter,

    /// <summary>Increments and decrements are added up.</summary>
    UpDownCounter,

    /// <summary>The sum is what the instrument says when asked.</summary>
    ObservedCounter,

    /// <summary>The value is the last that was said.</summary>
    Gauge,

    /// <summary>The value is what the instrument says when asked.</summary>
    ObservedGauge,

    /// <summary>Values are counted by size.</summary>
    Histogram,
}

/// <summary>Of which kind an instrument is.</summary>
internal static class MetricKinds
{
    internal static MetricKind? Of(Instrument instrument)
    {
        var type = instrument.GetType();
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        return definition == typeof(Counter<>) ? MetricKind.Counter
            : definition == typeof(UpDownCounter<>) ? MetricKind.UpDownCounter
            : definition == typeof(ObservableCounter<>) ? MetricKind.ObservedCounter
            : definition == typeof(ObservableUpDownCounter<>) || definition == typeof(ObservableGauge<>) ? MetricKind.ObservedGauge
            : definition == typeof(Gauge<>) ? MetricKind.Gauge
            : definition == typeof(Histogram<>) ? MetricKind.Histogram
            : null;
    }

    /// <summary>Whether its values are there only when it is asked.</summary>
    internal static bool IsObserved(this MetricKind kind) => kind is MetricKind.ObservedCounter or MetricKind.ObservedGauge;

    /// <summary>What the exposition format calls it.</summary>
    internal static string TypeName(this MetricKind kind) => kind switch
    {
        MetricKind.Counter or MetricKind.ObservedCounter => "counter",
        MetricKind.Histogram => "histogram",
        _ => "gauge",
    };
}
