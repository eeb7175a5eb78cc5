using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Parley.Server.Storage.Sql;

/// <summary>What the meter <c>Parley.Storage</c> tells about the writer.</summary>
internal sealed class StorageMetrics : IDisposable
{
    private const string MeterName = "Parley.Storage";

    private readonly Meter _meter;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _batchTime;

    public StorageMetrics(Func<int> queueDepth, IMeterFactory? meters)
    {
        _meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        _batchSize = _meter.CreateHistogram<int>("parley.storage.batch.size", "{write}", "Writes in one transaction.");
        _batchTime = _meter.CreateHistogram<double>("parley.storage.batch.time", "s", "Time from beginning a transaction to its commit.");
        _meter.CreateObservableGauge("parley.storage.queue.depth", queueDepth, "{write}", "Writes that wait for a transaction.");
    }

    public void Batch(int size, long startTimestamp)
    {
        _batchSize.Record(size);
        _batchTime.Record(Stopwatch.GetElapsedTime(startTimestamp).TotalSeconds);
    }

    public void Dispose() => _meter.Dispose();
}
