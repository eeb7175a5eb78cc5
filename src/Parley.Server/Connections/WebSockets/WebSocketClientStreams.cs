using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Parley.Server.Sessions;

namespace Parley.Server.Connections.WebSockets;

/// <summary>Client streams over WebSocket (RFC 7395): what an endpoint hands its requests to.</summary>
public sealed class WebSocketClientStreams(
    WebSocketHandshake handshake,
    ClientStreamPump pump,
    ClientStreamServices services,
    Heartbeat heartbeat,
    IOptions<XmppWebSocketOptions> options)
{
    /// <summary>Answers a request, and runs its stream to the end where that is a WebSocket.</summary>
    public async Task RunAsync(HttpContext context)
    {
        if (await handshake.AcceptAsync(context) is not { } accepted)
        {
            return;
        }

        var connection = new WebSocketConnection(context, accepted, WebRequestSecurity.IsSecure(context), options.Value, services);
        await pump.RunAsync(connection, stream => ReadAsync(stream, connection));
    }

    private async Task<bool> ReadAsync(ClientStream stream, WebSocketConnection connection)
    {
        var liveness = new WebSocketLiveness(connection, stream.Output, options.Value, services.Time);
        heartbeat.Add(liveness);
        try
        {
            return await new WebSocketReadLoop(stream, connection, liveness, options.Value).RunAsync();
        }
        finally
        {
            heartbeat.Remove(liveness);
        }
    }
}
