using System.Net;

namespace Parley.Server.Connections.Bosh;

/// <summary>Counts the sessions that are not authenticated yet by the address that began them (IPv6: its /64).</summary>
/// <remarks>Over TCP such a one costs its client a connection, here a request: without a limit one address could take the places of all.</remarks>
/// <param name="max">How many of them one address may have.</param>
internal sealed class BoshBeginners(int max)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _counts = [];

    /// <summary>Counts a session that begins; false when its address has as many as it may.</summary>
    internal bool TryEnter(IPAddress address)
    {
        var network = ConnectionLimit.Network(address);
        lock (_gate)
        {
            var count = _counts.GetValueOrDefault(network);
            if (count >= max)
            {
                return false;
            }

            _counts[network] = count + 1;
            return true;
        }
    }

    /// <summary>A session is authenticated, or has ended before it was.</summary>
    internal void Leave(IPAddress address)
    {
        var network = ConnectionLimit.Network(address);
        lock (_gate)
        {
            if (--_counts[network] == 0)
            {
                _counts.Remove(network);
            }
        }
    }
}
