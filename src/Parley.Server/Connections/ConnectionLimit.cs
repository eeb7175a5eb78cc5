using System.Net;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;
using Parley.Server.Sessions;

namespace Parley.Server.Connections;

/// <summary>
/// How many connections one address may have at a time, and begin in a minute (XEP-0205 §4.1, §4.2): <see cref="XmppServerOptions.MaxConnectionsPerAddress"/>
/// and <see cref="XmppServerOptions.MaxConnectionsPerMinute"/>.
/// </summary>
/// <remarks>IPv6 addresses count by their /64. Of each minute 10,000 addresses are remembered; beyond that all are forgotten.</remarks>
public sealed class ConnectionLimit(IOptions<XmppServerOptions> options, TimeProvider time)
{
    private const int MaxAddresses = 10_000;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private readonly int _maxOpen = options.Value.MaxConnectionsPerAddress;
    private readonly int _maxBegun = options.Value.MaxConnectionsPerMinute;
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _open = [];
    private readonly Dictionary<IPAddress, int> _begun = [];
    private long _since = time.GetTimestamp();

    /// <summary>What counts as one address: an IPv6 address's /64, of which one person may have all.</summary>
    public static IPAddress Network(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return AuthenticationThrottle.Network(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
    }

    /// <summary>Counts a connection that begins; false when its address has as many as it may, and then it is not to go on.</summary>
    public bool TryEnter(IPAddress address)
    {
        if (_maxOpen == 0 && _maxBegun == 0)
        {
            return true;
        }

        var network = Network(address);
        lock (_gate)
        {
            return MayBegin(network) && MayOpen(network);
        }
    }

    /// <summary>Counts the end of a connection that was let in.</summary>
    public void Leave(IPAddress address)
    {
        if (_maxOpen == 0)
        {
            return;
        }

        var network = Network(address);
        lock (_gate)
        {
            if (--_open[network] == 0)
            {
                _open.Remove(network);
            }
        }
    }

    private bool MayBegin(IPAddress network)
    {
        if (_maxBegun == 0)
        {
            return true;
        }

        if (time.GetElapsedTime(_since) >= Period || _begun.Count >= MaxAddresses)
        {
            _begun.Clear();
            _since = time.GetTimestamp();
        }

        var begun = _begun.GetValueOrDefault(network);
        if (begun >= _maxBegun)
        {
            return false;
        }

        _begun[network] = begun + 1;
        return true;
    }

    private bool MayOpen(IPAddress network)
    {
        if (_maxOpen == 0)
        {
            return true;
        }

        var open = _open.GetValueOrDefault(network);
        if (open >= _maxOpen)
        {
            return false;
        }

        _open[network] = open + 1;
        return true;
    }
}
