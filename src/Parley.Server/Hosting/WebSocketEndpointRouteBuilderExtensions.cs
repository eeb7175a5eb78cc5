using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections.WebSockets;
using Parley.Server.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Serves XMPP over WebSocket from an ASP.NET Core application.</summary>
public static class WebSocketEndpointRouteBuilderExtensions
{
    /// <summary>Client streams over WebSocket (RFC 7395), by HTTP/1.1 and HTTP/2; the WebSocket middleware is not needed.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path.</param>
    public static IEndpointConventionBuilder MapXmppWebSocket(this IEndpointRouteBuilder endpoints, string pattern = "/xmpp-websocket")
    {
        var streams = endpoints.ServiceProvider.GetRequiredService<WebSocketClientStreams>();
        return endpoints.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Connect], streams.RunAsync).WithMetadata(AlternativeConnection.WebSocket);
    }
}
