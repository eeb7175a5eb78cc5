using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Server.Diagnostics;

namespace Parley.Server.Connections;

/// <summary>Something with a deadline.</summary>
public interface IHeartbeatTarget
{
    /// <summary>Looks at its deadlines; quick, and throws nothing.</summary>
    /// <param name="timestamp">The <see cref="TimeProvider"/>'s timestamp of this beat.</param>
    void OnHeartbeat(long timestamp);
}

/// <summary>One timer for all connections: every second each is asked whether its time is up. None has a timer of its own.</summary>
public sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<IHeartbeatTarget, byte> _targets = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private int _beating;

    /// <param name="time">The time.</param>
    /// <param name="logger">Where the fault of a target is told; null for nowhere.</param>
    public Heartbeat(TimeProvider time, ILogger<Heartbeat>? logger = null)
    {
        _time = time;
        _logger = logger ?? NullLogger<Heartbeat>.Instance;
        _timer = time.CreateTimer(static state => ((Heartbeat)state!).Beat(), this, Interval, Interval);
    }

    /// <summary>Asks <paramref name="target"/> from now on.</summary>
    public void Add(IHeartbeatTarget target) => _targets.TryAdd(target, 0);

    /// <summary>Asks it no more.</summary>
    public void Remove(IHeartbeatTarget target) => _targets.TryRemove(target, out _);

    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        // A beat that takes longer than its interval is not joined by the next.
        if (Interlocked.Exchange(ref _beating, 1) == 1)
        {
            return;
        }

        try
        {
            var now = _time.GetTimestamp();
            foreach (var (target, _) in _targets)
            {
                Ask(target, now);
            }
        }
        finally
        {
            Volatile.Write(ref _beating, 0);
        }
    }

    // Nobody is above a timer: what one target throws would end the process, and with it all others.
    private void Ask(IHeartbeatTarget target, long now)
    {
        try
        {
            target.OnHeartbeat(now);
        }
        catch (Exception e)
        {
            Log.HeartbeatFailed(_logger, e, target.GetType().Name);
        }
    }
}
