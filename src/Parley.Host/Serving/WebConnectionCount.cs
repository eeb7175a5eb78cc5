using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Parley.Server.Connections;

namespace Parley.Host.Serving;

/// <summary>How many connections of HTTP are open, in all and from one address (<see cref="WebLimits"/>). Kestrel's own limit would count XMPP's too, and knows no addresses.</summary>
internal sealed class WebConnectionCount(TrustedProxies proxies)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byNetwork = [];
    private int _open;

    /// <summary>Goes on with a connection, or cuts it when there are too many.</summary>
    internal async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var network = Network((connection.RemoteEndPoint as IPEndPoint)?.Address);
        if (!TryEnter(network))
        {
            connection.Abort();
            return;
        }

        var place = new Place(this, network);
        connection.Features.Set<IDecrementConcurrentConnectionCountFeature>(place);
        try
        {
            await next(connection);
        }
        finally
        {
            place.ReleaseConnection();
        }
    }

    /// <summary>Counts a connection; false when there are too many.</summary>
    internal bool TryEnter(IPAddress? network)
    {
        lock (_gate)
        {
            var same = network is null ? 0 : _byNetwork.GetValueOrDefault(network);
            if (_open >= WebLimits.MaxConnections || same >= WebLimits.MaxConnectionsPerAddress)
            {
                return false;
            }

            _open++;
            if (network is not null)
            {
                _byNetwork[network] = same + 1;
            }

            return true;
        }
    }

    /// <summary>Counts the end of a connection that was let in.</summary>
    internal void Leave(IPAddress? network)
    {
        lock (_gate)
        {
            _open--;
            if (network is not null && --_byNetwork[network] == 0)
            {
                _byNetwork.Remove(network);
            }
        }
    }

    // Null for who may speak for many: a proxy.
    private IPAddress? Network(IPAddress? address) =>
        address is null || IPAddress.IsLoopback(address) || proxies.Contains(address) ? null : ConnectionLimit.Network(address);

    // Kestrel gives it back when the connection becomes a WebSocket, which has limits of its own.
    private sealed class Place(WebConnectionCount count, IPAddress? network) : IDecrementConcurrentConnectionCountFeature
    {
        private int _released;

        public void ReleaseConnection()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                count.Leave(network);
            }
        }
    }
}
