using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Parley.Server.Diagnostics;

namespace Parley.Server.Connections.Tcp;

/// <summary>Takes a client's address from the PROXY protocol's header, where the connection comes from a trusted proxy.</summary>
/// <remarks>
/// From those the header is required, and has to be there within five seconds; a connection without one, or with a malformed one, is cut. Connections of others are
/// clients' own: they have no header, and one that they send is no XMPP.
/// </remarks>
public sealed class ProxyProtocol(TrustedProxies proxies, TimeProvider time, ILogger<ProxyProtocol> logger)
{
    /// <summary>How long a proxy may take to send its header.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Goes on with a connection, its remote address then being the client's.</summary>
    internal async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var proxy } || !proxies.Contains(proxy))
        {
            await next(connection);
            return;
        }

        try
        {
            using var timeout = new CancellationTokenSource(Timeout, time);
            connection.RemoteEndPoint = await ReadAsync(connection, timeout.Token) ?? connection.RemoteEndPoint;
            connection.Features.Set(new ProxiedConnection());
        }
        catch (IOException)
        {
            // A proxy that looks whether somebody listens goes without a word.
            connection.Abort();
            return;
        }
        catch (Exception e) when (e is InvalidDataException or OperationCanceledException)
        {
            Log.ProxyRefused(logger, connection.ConnectionId, proxy, e is OperationCanceledException ? "there was no PROXY header in time" : e.Message);
            connection.Abort();
            return;
        }

        await next(connection);
    }

    private static async Task<IPEndPoint?> ReadAsync(ConnectionContext connection, CancellationToken cancellationToken)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var head = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, ProxyHeader.MaxLength));
            var length = ProxyHeader.Read(head.IsSingleSegment ? head.FirstSpan : head.ToArray(), out var client);
            if (length > 0)
            {
                // What follows is the client's, and has not been looked at.
                var end = result.Buffer.GetPosition(length);
                input.AdvanceTo(end);
                return client;
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
            {
                throw new IOException("the connection ended within the PROXY header");
            }
        }
    }
}

/// <summary>A feature of a connection that a trusted proxy passed on.</summary>
internal sealed record ProxiedConnection;
