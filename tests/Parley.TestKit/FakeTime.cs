namespace Parley.TestKit;

/// <summary>Time that stands still until a test moves it. Timers fire on the thread that calls <see cref="Advance"/>, in the order in which they are due.</summary>
public sealed class FakeTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<FakeTimer> _timers = [];
    private readonly List<TaskCompletionSource> _waitingForDelay = [];
    private long _ticks = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero).UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Whether something waits for a delay (a timer without a period).</summary>
    public bool IsDelaying
    {
        get
        {
            lock (_gate)
            {
                return _timers.Exists(static timer => timer.IsDelay);
            }
        }
    }

    /// <summary>Moves time forward, stopping at each timer that comes due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + by.Ticks;
        while (TakeDue(end) is { } timer)
        {
            timer.Fire();
        }

        Volatile.Write(ref _ticks, end);
    }

    /// <summary>Completes as soon as <see cref="IsDelaying"/>: only then is it of use to advance past the delay.</summary>
    public Task WhenDelayedAsync()
    {
        lock (_gate)
        {
            if (IsDelaying)
            {
                return Task.CompletedTask;
            }

            var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waitingForDelay.Add(waiting);
            return waiting.Task.WaitAsync(TestClient.Patience);
        }
    }

    private FakeTimer? TakeDue(long end)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(static timer => timer.Due);
            if (next is null)
            {
                return null;
            }

            Volatile.Write(ref _ticks, Math.Max(_ticks, next.Due));
            next.Reschedule();
            return next;
        }
    }

    private sealed class FakeTimer(FakeTime time, Action fire) : ITimer
    {
        private TimeSpan _period;

        internal long Due { get; private set; }

        internal bool IsDelay => _period <= TimeSpan.Zero;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    return true;
                }

                Due = time._ticks + dueTime.Ticks;
                _period = period;
                time._timers.Add(this);
                if (IsDelay)
                {
                    time._waitingForDelay.ForEach(static waiting => waiting.TrySetResult());
                    time._waitingForDelay.Clear();
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        internal void Fire() => fire();

        internal void Reschedule()
        {
            if (IsDelay)
            {
                time._timers.Remove(this);
            }
            else
            {
                Due += _period.Ticks;
            }
        }
    }
}
