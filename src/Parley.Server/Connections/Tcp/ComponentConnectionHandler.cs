using Microsoft.AspNetCore.Connections;
using Parley.Server.Sessions.Components;

namespace Parley.Server.Connections.Tcp;

/// <summary>Takes the connections of a listener for external components (XEP-0114).</summary>
public sealed class ComponentConnectionHandler(StreamPump pump, TcpReadLoop loop, ComponentStreamServices services) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        var tcp = new TcpConnection(connection, TcpFraming.Component);
        return pump.RunAsync(
            tcp,
            () => new ComponentStream(tcp, services),
            stream => loop.ReadAllAsync(stream, tcp, static _ => throw new NotSupportedException("A component's stream has no STARTTLS.")));
    }
}
