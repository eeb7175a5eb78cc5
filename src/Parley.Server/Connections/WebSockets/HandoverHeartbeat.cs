using Microsoft.AspNetCore.Connections.Features;

namespace Parley.Server.Connections.WebSockets;

/// <summary>A connection's heartbeat for as long as HTTP has the connection.</summary>
internal sealed class HandoverHeartbeat : IConnectionHeartbeatFeature
{
    private volatile (Action<object> Action, object State)[]? _beats = [];

    /// <summary>Beats for those who asked.</summary>
    internal void Beat()
    {
        foreach (var (action, state) in _beats ?? [])
        {
            action(state);
        }
    }

    /// <summary>Beats no more, and holds nobody.</summary>
    internal void Forget() => _beats = null;

    // Asked by the connection itself, as it begins.
    void IConnectionHeartbeatFeature.OnHeartbeat(Action<object> action, object state) => _beats = [.. _beats ?? [], (action, state)];
}
