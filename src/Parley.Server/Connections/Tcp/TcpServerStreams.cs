using Microsoft.AspNetCore.Connections;
using Parley.Protocol.Addressing;
using Parley.Server.Federation;
using Parley.Server.Federation.Management;

namespace Parley.Server.Connections.Tcp;

/// <summary>Streams between servers over TCP: those that others open, and those that we open.</summary>
public sealed class TcpServerStreams
{
    private readonly StreamPump _pump;
    private readonly TcpReadLoop _loop;
    private readonly ServerTls _tls;
    private readonly ServerStreamServices _services;
    private readonly Lazy<RemoteServers> _remotes;
    private readonly InboundSessions _sessions;

    internal TcpServerStreams(StreamPump pump, TcpReadLoop loop, ServerTls tls, ServerStreamServices services, Lazy<RemoteServers> remotes, InboundSessions sessions) =>
        (_pump, _loop, _tls, _services, _remotes, _sessions) = (pump, loop, tls, services, remotes, sessions);

    /// <summary>Runs a stream that another server opens, from its first byte to its end. Throws nothing.</summary>
    internal Task RunAsync(TcpConnection connection, bool directTls) => _pump.RunAsync(
        connection,
        () => new InboundServerStream(connection, _services, _remotes.Value, _sessions),
        async stream =>
        {
            if (directTls)
            {
                await connection.SecureAsync((_, hello, _, _) => new(_tls.DirectServerOptions(connection, hello.ServerName)), connection.Aborted);
                stream.BeganSecure();
            }

            return await _loop.ReadAllAsync(stream, connection, aborted => connection.SecureAsync(_tls.ServerOptions(connection, stream.Domain), aborted));
        });

    /// <summary>Runs a stream that we open, to its end; the connection is disposed of then. Throws nothing.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="stream">The stream on it.</param>
    /// <param name="local">The domain of ours that opens it.</param>
    /// <param name="remote">The domain that it goes to.</param>
    /// <param name="directTls">Whether TLS comes first.</param>
    internal async Task RunAsync(ConnectionContext context, OutboundServerStream stream, Jid local, Jid remote, bool directTls)
    {
        var connection = (TcpConnection)stream.Connection;
        await _pump.RunAsync(
            connection,
            () => stream,
            async opened =>
            {
                if (directTls)
                {
                    await SecureAsync(connection.Aborted);
                    opened.BeganSecure();
                }

                opened.Open();
                return await _loop.ReadAllAsync(opened, connection, SecureAsync);
            },
            isOurs: true);
        await context.DisposeAsync();

        Task SecureAsync(CancellationToken aborted) => connection.SecureAsClientAsync(_tls.ClientOptions(connection, local, remote, directTls), aborted);
    }
}
