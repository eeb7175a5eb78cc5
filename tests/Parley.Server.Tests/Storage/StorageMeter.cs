using System.Diagnostics.Metrics;

namespace Parley.Server.Tests.Storage;

/// <summary>Makes the storage meter of one writer, and listens to it.</summary>
internal sealed class StorageMeter : IMeterFactory
{
    private readonly MeterListener _listener = new();
    private readonly List<Meter> _meters = [];
    private int _queueDepth;

    public StorageMeter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this && instrument.Meter.Name == "Parley.Storage")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) =>
        {
            if (instrument.Name == "parley.storage.queue.depth")
                _queueDepth = value;
            else
                BatchSizes.Add(value);
        });
        _listener.SetMeasurementEventCallback<double>((_, value, _, _) => BatchTimes.Add(value));
        _listener.Start();
    }

    /// <summary>Read it once the writer is disposed.</summary>
    public List<int> BatchSizes { get; } = [];

    /// <inheritdoc cref="BatchSizes"/>
    public List<double> BatchTimes { get; } = [];

    public int QueueDepth()
    {
        _listener.RecordObservableInstruments();
        return _queueDepth;
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Meter meter in _meters)
            meter.Dispose();
    }
}
