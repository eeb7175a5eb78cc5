using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Parley.Server.Connections.WebSockets;

namespace Parley.TestKit;

/// <summary>Upgrades a connection to a WebSocket as a web server would: the request and its answer are objects, the bytes behind them the connection's.</summary>
internal sealed class WebSocketHandler(WebSocketClientStreams streams) : ConnectionHandler
{
    /// <summary>The client's end.</summary>
    internal required ClientWebSocket Client { get; init; }

    /// <summary>What the client says of extensions.</summary>
    internal string? Extensions { get; init; }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var context = new DefaultHttpContext { TraceIdentifier = connection.ConnectionId };
        context.Features.Set<IHttpUpgradeFeature>(new Upgrade(connection, () => Client.IsCompressed = context.Response.Headers.SecWebSocketExtensions.Count > 0));
        context.Features.Set<IHttpRequestLifetimeFeature>(new Lifetime(connection));
        context.Connection.RemoteIpAddress = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        context.Request.Method = HttpMethods.Get;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("localhost");
        context.Request.Headers.Connection = "Upgrade";
        context.Request.Headers.Upgrade = "websocket";
        context.Request.Headers.SecWebSocketVersion = "13";
        context.Request.Headers.SecWebSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";
        context.Request.Headers.SecWebSocketProtocol = "xmpp";
        context.Request.Headers.SecWebSocketExtensions = Extensions;
        await streams.RunAsync(context);
    }

    private sealed class Upgrade(ConnectionContext connection, Action upgrading) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => true;

        public Task<Stream> UpgradeAsync()
        {
            upgrading();
            return Task.FromResult<Stream>(new DuplexStream(connection.Transport.Input, connection.Transport.Output));
        }
    }

    private sealed class Lifetime(ConnectionContext connection) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = connection.ConnectionClosed;

        public void Abort() => connection.Abort();
    }
}
