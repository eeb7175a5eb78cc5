using Microsoft.AspNetCore.Connections;

namespace Parley.Server.Connections.Tcp;

/// <summary>Takes the connections of a client listener that begins in plaintext and offers STARTTLS (RFC 6120 §5).</summary>
public sealed class ClientConnectionHandler(TcpClientStreams streams) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) =>
        streams.RunAsync(new TcpConnection(connection), directTls: false);
}

/// <summary>Takes the connections of a client listener under TLS from the first byte (XEP-0368).</summary>
public sealed class DirectTlsClientConnectionHandler(TcpClientStreams streams) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) =>
        streams.RunAsync(new TcpConnection(connection), directTls: true);
}
