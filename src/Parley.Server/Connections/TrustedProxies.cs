using System.Net;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;

namespace Parley.Server.Connections;

/// <summary>Who is believed when it says for whom it speaks: <see cref="WebOptions.TrustedProxies"/>.</summary>
public sealed class TrustedProxies(IOptions<WebOptions> options)
{
    /// <summary>The networks of them; a single address is a network of its own.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; } =
        [.. options.Value.TrustedProxies.Select(static text => Parse(text) ?? throw new FormatException($"'{text}' is neither an IP address nor a network."))];

    /// <summary>Whether an address is a proxy's.</summary>
    public bool Contains(IPAddress? address)
    {
        if (address is null || Networks.Count == 0)
        {
            return false;
        }

        // A socket for both families shows IPv4 addresses in IPv6's clothes.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in Networks)
        {
            if (network.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An address or a network; null for what is neither.</summary>
    public static IPNetwork? Parse(string text)
    {
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return IPNetwork.TryParse(text, out var network) ? network : null;
        }

        return IPAddress.TryParse(text, out var address) ? Single(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) : null;
    }

    private static IPNetwork Single(IPAddress address) => new(address, address.GetAddressBytes().Length * 8);
}
