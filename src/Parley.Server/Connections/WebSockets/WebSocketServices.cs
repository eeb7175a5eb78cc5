using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;

namespace Parley.Server.Connections.WebSockets;

/// <summary>What XMPP over WebSocket is made of.</summary>
internal static class WebSocketServices
{
    internal static IXmppServerBuilder AddWebSocket(this IXmppServerBuilder builder)
    {
        builder.Services.AddOptions<XmppWebSocketOptions>().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<XmppWebSocketOptions>, XmppWebSocketOptionsValidation>();
        builder.Services.AddSingleton<WebSocketHandshake>();
        builder.Services.AddSingleton<WebSocketClientStreams>();
        return builder.AddModule<WebSocketModule>();
    }
}
