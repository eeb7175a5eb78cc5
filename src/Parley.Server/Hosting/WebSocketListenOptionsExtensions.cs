using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Parley.Server.Connections.WebSockets;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Makes a web listener spare memory on WebSockets.</summary>
public static class WebSocketListenOptionsExtensions
{
    /// <summary>
    /// Lets go of HTTP once a client speaks XMPP over WebSocket by HTTP/1.1, which spares 5 KiB for each that is connected; those by HTTP/2 stay as they are. To be used behind TLS
    /// (<c>UseHttps</c>), where there is any. The request then ends when the WebSocket begins: so do its log entry and its metrics.
    /// </summary>
    public static ListenOptions UseWebSocketHandover(this ListenOptions listen)
    {
        listen.Use(static next => connection => ConnectionHandover.RunAsync(connection, next));
        return listen;
    }
}
