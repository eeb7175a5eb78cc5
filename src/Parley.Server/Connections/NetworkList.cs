using System.Net;

namespace Parley.Server.Connections;

/// <summary>Addresses and networks, as an operator lists them.</summary>
/// <param name="texts">What <see cref="Parse"/> takes.</param>
public class NetworkList(IEnumerable<string> texts)
{
    /// <summary>The networks; a single address is a network of its own.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; } =
        [.. texts.Select(static text => Parse(text) ?? throw new FormatException($"'{text}' is neither an IP address nor a network."))];

    /// <summary>Whether an address is in one of them.</summary>
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

    /// <summary>An address, or a network such as <c>10.0.0.0/8</c>; null for what is neither.</summary>
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
