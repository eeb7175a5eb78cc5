using System.Net;
using System.Net.Sockets;

namespace Parley.Server.Federation;

/// <summary>Which addresses the server connects to because somebody's records say so.</summary>
/// <remarks>
/// A remote domain's owner chooses the address and the port that we connect to, and could name a service inside our network. Of it they learn nothing, and what
/// reaches it is a TLS handshake or a stream header whose only foreign part is a domain name. So private addresses are allowed by default, for servers of one
/// network do federate, and <see cref="FederationOptions.AllowPrivateAddresses"/> forbids them. What no server is at is never connected to: unspecified
/// (which means loopback to many systems), multicast, broadcast, and link-local addresses, where clouds keep their metadata.
/// </remarks>
public sealed class AddressPolicy(FederationOptions options)
{
    // RFC 6890; documentation and benchmarking networks are left to who uses them.
    private static readonly IPNetwork[] Never =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("255.255.255.255/32"),
        IPNetwork.Parse("::/128"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"),
    ];

    private static readonly IPNetwork[] Private =
    [
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("::1/128"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fec0::/10"),
    ];

    /// <summary>Whether it may be connected to.</summary>
    public bool Allows(IPAddress address)
    {
        var plain = Embedded(address);
        return !Array.Exists(Never, network => network.Contains(plain))
            && (options.AllowPrivateAddresses || !Array.Exists(Private, network => network.Contains(plain)));
    }

    /// <summary>The IPv4 address that an IPv6 address stands for: mapped (RFC 4291 §2.5.5.2), translated (RFC 6052 §2.1), 6to4 (RFC 3056).</summary>
    private static IPAddress Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
            : bytes.AsSpan().StartsWith(stackalloc byte[] { 0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0 }) ? new IPAddress(bytes.AsSpan(12))
            : bytes is [0x20, 0x02, ..] ? new IPAddress(bytes.AsSpan(2, 4))
            : address;
    }
}
