namespace Parley.Server.Connections.WebSockets;

/// <summary>Finds out whether a silent client is still there: pings it, and cuts the connection when it goes on being silent. Its session then waits to be resumed.</summary>
/// <param name="connection">The connection.</param>
/// <param name="output">What the ping joins.</param>
/// <param name="options">How long silence may be.</param>
/// <param name="time">The time.</param>
internal sealed class WebSocketLiveness(WebSocketConnection connection, OutputQueue output, XmppWebSocketOptions options, TimeProvider time) : IHeartbeatTarget
{
    private static readonly byte[] Ping = WebSocketFrameWriter.Control(WebSocketOpcode.Ping, []);
    private long _since = time.GetTimestamp();
    private bool _isPinged;
    private volatile bool _isHeard;

    /// <summary>Something came: whatever it was, the client is there.</summary>
    internal void Heard() => _isHeard = true;

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        if (_isHeard)
        {
            _isHeard = false;
            _isPinged = false;
            _since = timestamp;
            return;
        }

        var silence = time.GetElapsedTime(_since, timestamp);
        if (_isPinged && silence >= options.PingTimeout)
        {
            connection.Abort();
        }
        else if (!_isPinged && options.PingInterval > TimeSpan.Zero && silence >= options.PingInterval)
        {
            _isPinged = true;
            _since = timestamp;
            output.WriteBare(Ping);
            output.Flush();
        }
    }
}
