using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections.WebSockets;
using Parley.Server.Hosting;

namespace Parley.Server.Tests.WebSockets;

internal static class XmppWebSocketOptionsBuilder
{
    /// <summary>Changes the options of WebSocket.</summary>
    internal static void Configure(this IXmppServerBuilder builder, Action<XmppWebSocketOptions> configure) => builder.Services.Configure(configure);
}
