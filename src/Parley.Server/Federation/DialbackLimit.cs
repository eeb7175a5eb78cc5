using System.Net;
using Parley.Server.Connections;

namespace Parley.Server.Federation;

/// <summary>How many keys may be asked about at a time for whoever connects from one address: each key that a stranger sends has this server connect to a domain of the stranger's choice.</summary>
/// <remarks>An IPv6 address counts by its /64. A server of many domains has 16 on a stream; beyond <see cref="PerAddress"/> the next is answered with resource-constraint (XEP-0220 §2.4.2), and may come again.</remarks>
internal sealed class DialbackLimit
{
    /// <summary>Keys of one address that may be asked about at a time.</summary>
    internal const int PerAddress = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _open = [];

    /// <summary>Counts a question; false when the address has as many as it may.</summary>
    internal bool TryEnter(IPAddress address)
    {
        var network = ConnectionLimit.Network(address);
        lock (_gate)
        {
            var open = _open.GetValueOrDefault(network);
            if (open >= PerAddress)
            {
                return false;
            }

            _open[network] = open + 1;
            return true;
        }
    }

    /// <summary>A question that was let in has been answered, or given up.</summary>
    internal void Leave(IPAddress address)
    {
        var network = ConnectionLimit.Network(address);
        lock (_gate)
        {
            if (--_open[network] == 0)
            {
                _open.Remove(network);
            }
        }
    }
}
