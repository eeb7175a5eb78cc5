using Parley.Load.Measurement;

namespace Parley.Load.Scenarios;

/// <summary>What all sides of a chat run share: whether to go on, and the counts.</summary>
internal sealed class ChatTraffic(bool paced, int askEvery, bool untilAcked)
{
    private readonly TaskCompletionSource _spent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _budget = long.MaxValue;
    private long _delivered;
    private long _acknowledged;
    private long _disconnected;
    private volatile bool _stopped;
    private volatile bool _measuring;

    /// <summary>Whether messages leave at a fixed rate, and not when another one arrived.</summary>
    public bool Paced => paced;

    /// <summary>A managed side asks for an acknowledgement behind every that many messages.</summary>
    public int AskEvery => askEvery;

    /// <summary>Whether a message is in flight until it is acknowledged too.</summary>
    public bool UntilAcked => untilAcked;

    /// <summary>From sending to arrival.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>From sending to the acknowledgement that covers the message.</summary>
    public LatencyHistogram AckLatency { get; } = new();

    public long Delivered => Interlocked.Read(ref _delivered);

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public long Disconnected => Interlocked.Read(ref _disconnected);

    /// <summary>Whether latencies count.</summary>
    public bool Measuring
    {
        get => _measuring;
        set => _measuring = value;
    }

    public void Stop() => _stopped = true;

    public void Resume() => _stopped = false;

    /// <summary>Lets only that many more messages be sent.</summary>
    public void Limit(long messages) => Interlocked.Exchange(ref _budget, messages);

    /// <summary>How many of <paramref name="wanted"/> messages may still be sent.</summary>
    public int Take(int wanted)
    {
        if (_stopped)
            return 0;
        var left = Interlocked.Add(ref _budget, -wanted);
        if (left > 0)
            return wanted;
        _spent.TrySetResult();
        return (int)Math.Max(0, wanted + left);
    }

    public void Deliver(int count) => Interlocked.Add(ref _delivered, count);

    public void Acknowledge(int count) => Interlocked.Add(ref _acknowledged, count);

    public void Disconnect() => Interlocked.Increment(ref _disconnected);

    /// <summary>Waits until the time is over or the budget is spent.</summary>
    public Task PassAsync(int seconds, CancellationToken cancellation) =>
        Task.WhenAny(_spent.Task, Task.Delay(TimeSpan.FromSeconds(seconds), cancellation)).WaitAsync(cancellation);
}
