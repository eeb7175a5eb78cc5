using Parley.Server.Sessions;

namespace Parley.Server.Connections.Tcp;

/// <summary>Client streams over TCP.</summary>
public sealed class TcpClientStreams(ClientStreamPump pump, TcpReadLoop loop, StartTls startTls)
{
    /// <summary>Runs a connection from its first byte to its end. Throws nothing.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="directTls">Whether it is under TLS from its first byte (XEP-0368).</param>
    public Task RunAsync(TcpConnection connection, bool directTls) => pump.RunAsync(connection, async stream =>
    {
        if (directTls)
        {
            await connection.SecureAsync(startTls.SelectAsync, connection.Aborted);
            stream.BeganSecure();
        }

        return await loop.ReadAllAsync(stream, connection, aborted => connection.SecureAsync(startTls.OptionsFor(stream.Domain), aborted));
    });
}
