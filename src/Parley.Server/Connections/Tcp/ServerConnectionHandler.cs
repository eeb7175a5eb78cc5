using Microsoft.AspNetCore.Connections;

namespace Parley.Server.Connections.Tcp;

/// <summary>Takes the connections of a listener for other servers that begins in plaintext and offers STARTTLS (RFC 6120 §5).</summary>
public sealed class ServerConnectionHandler(TcpServerStreams streams) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) => streams.RunAsync(new TcpConnection(connection, TcpFraming.Server), directTls: false);
}

/// <summary>Takes the connections of a listener for other servers under TLS from the first byte (XEP-0368).</summary>
public sealed class DirectTlsServerConnectionHandler(TcpServerStreams streams) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) => streams.RunAsync(new TcpConnection(connection, TcpFraming.Server), directTls: true);
}
