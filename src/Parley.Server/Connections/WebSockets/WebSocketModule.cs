using Parley.Server.Routing;

namespace Parley.Server.Connections.WebSockets;

/// <summary>XMPP over WebSocket (RFC 7395), as far as it is the whole server's.</summary>
internal sealed class WebSocketModule : IXmppModule
{
    public void Configure(ModuleBuilder module) => module
        .Implements("RFC 7395", "2014", "XMPP over WebSocket (RFC 6455, RFC 7692, RFC 8441)");
}
