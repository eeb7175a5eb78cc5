using System.Collections.Concurrent;
using System.Net;

namespace Parley.Server.Federation;

/// <summary>Our streams by the addresses that they go to, for other domains of the same server (XEP-0220 §2.6.2): those whose other side has said that errors of dialback end no stream.</summary>
internal sealed class SharedStreams
{
    private readonly ConcurrentDictionary<IPEndPoint, OutboundServerStream> _streams = new();

    /// <summary>Whether a stream goes to an address.</summary>
    internal bool Contains(IPEndPoint address) => _streams.ContainsKey(address);

    /// <summary>Has another domain use the stream to an address; false when there is none that does for it.</summary>
    internal bool TryJoin(IPEndPoint address, bool isDirectTls, RemoteServer remote) => _streams.TryGetValue(address, out var stream) && stream.TryJoin(remote, isDirectTls);

    /// <summary>A stream may be used by others. The first to an address is.</summary>
    internal void Add(OutboundServerStream stream)
    {
        if (stream.Address is { } address)
        {
            _streams.TryAdd(address, stream);
        }
    }

    /// <summary>It may not any more.</summary>
    internal void Remove(OutboundServerStream stream)
    {
        if (stream.Address is { } address)
        {
            _streams.TryRemove(new(address, stream));
        }
    }
}
