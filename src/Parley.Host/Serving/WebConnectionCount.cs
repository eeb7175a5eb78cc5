using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Parley.Host.Serving;

/// <summary>How many connections of HTTP are open (<see cref="WebLimits.MaxConnections"/>). Kestrel's own limit would count XMPP's too.</summary>
internal sealed class WebConnectionCount
{
    private int _open;

    /// <summary>Goes on with a connection, or cuts it when there are too many.</summary>
    internal async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (Interlocked.Increment(ref _open) > WebLimits.MaxConnections)
        {
            Interlocked.Decrement(ref _open);
            connection.Abort();
            return;
        }

        var place = new Place(this);
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

    // Kestrel gives it back when the connection becomes a WebSocket, which has limits of its own.
    private sealed class Place(WebConnectionCount count) : IDecrementConcurrentConnectionCountFeature
    {
        private int _released;

        public void ReleaseConnection()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                Interlocked.Decrement(ref count._open);
            }
        }
    }
}
