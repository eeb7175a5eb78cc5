namespace Parley.Server.Connections.WebSockets;

/// <summary>What the client sent is no proper WebSocket, or more than is taken: the connection is closed with this code (RFC 6455 §7.1.7).</summary>
public sealed class WebSocketException(WebSocketCloseCode code, string text) : Exception(text)
{
    /// <summary>The code of the close frame.</summary>
    public WebSocketCloseCode Code { get; } = code;
}
