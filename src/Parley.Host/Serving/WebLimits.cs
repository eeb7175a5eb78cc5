using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Parley.Host.Serving;

/// <summary>What one request over HTTP may cost. Kestrel answers what is beyond with 408, 413, 414 or 431, or ends the connection.</summary>
/// <remarks>None of these says anything to XMPP over TCP, which Kestrel serves too.</remarks>
internal static class WebLimits
{
    /// <summary>Connections of HTTP at a time, over all addresses; one that has become a WebSocket counts no more. The next is cut.</summary>
    internal const int MaxConnections = 10_000;

    /// <summary>How many of them one address may have that is neither this machine's nor a trusted proxy's (IPv6: one /64), so that one alone cannot keep all others out.</summary>
    internal const int MaxConnectionsPerAddress = MaxConnections / 4;

    /// <summary>Bytes of a request's body: four stanzas of the largest size at once over BOSH.</summary>
    private const int MaxRequestBodySize = 1024 * 1024;

    /// <summary>Bytes of all headers together: browsers send about one thousand.</summary>
    private const int MaxRequestHeadersTotalSize = 16 * 1024;
    private const int MaxRequestHeaderCount = 64;

    /// <summary>From a request's first byte to the end of its headers: an absolute deadline, sending slowly does not extend it.</summary>
    private static readonly TimeSpan RequestHeadersTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Between two requests of one connection: longer than the pauses of BOSH, so that its connections stay.</summary>
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(130);

    /// <summary>Requests at a time of one connection with HTTP/2. A browser keeps few.</summary>
    private const int MaxStreamsPerConnection = 64;

    internal static void ApplyTo(KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = MaxRequestBodySize;
        limits.MaxRequestHeadersTotalSize = MaxRequestHeadersTotalSize;
        limits.MaxRequestHeaderCount = MaxRequestHeaderCount;
        limits.RequestHeadersTimeout = RequestHeadersTimeout;
        limits.KeepAliveTimeout = KeepAliveTimeout;
        limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
    }
}
