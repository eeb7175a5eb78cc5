using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Parley.Server.Connections.Tcp;
using Parley.Server.Sessions;

namespace Parley.Server.Connections.WebSockets;

/// <summary>Client streams over WebSocket (RFC 7395): what an endpoint hands its requests to.</summary>
public sealed class WebSocketClientStreams(
    WebSocketHandshake handshake,
    WebRequestSecurity security,
    ClientStreamPump pump,
    ClientStreamServices services,
    Heartbeat heartbeat,
    IOptions<XmppWebSocketOptions> options)
{
    /// <summary>Answers a request. Where it makes a WebSocket, its stream is run to the end, or left to the connection that was handed over.</summary>
    public async Task RunAsync(HttpContext context)
    {
        if (await handshake.AcceptAsync(context) is not { } accepted)
        {
            return;
        }

        if (accepted.HasConnection && context.Features.Get<ConnectionHandover>() is { } handover)
        {
            // Through the pipe, behind the answer to the handshake.
            var bare = accepted with { Stream = new DuplexPipeStream(handover.Bare.Input, new PipeSink(handover.Bare.Output)) };
            Take(handover, new WebSocketConnection(context, bare, handover.Abort, security, options.Value, services));
            return;
        }

        await RunAsync(new WebSocketConnection(context, accepted, context.Abort, security, options.Value, services));
    }

    // By itself: what is run later holds nothing of the request.
    private void Take(ConnectionHandover handover, WebSocketConnection connection) => handover.Take(() => RunAsync(connection));

    private Task RunAsync(WebSocketConnection connection) => pump.RunAsync(connection, stream => ReadAsync(stream, connection));

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
