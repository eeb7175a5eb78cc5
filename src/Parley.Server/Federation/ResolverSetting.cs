using System.Net;
using Parley.Server.Federation.Dns;

namespace Parley.Server.Federation;

/// <summary>Makes the resolver that <see cref="FederationOptions.Resolver"/> names, with a cache before it.</summary>
internal static class ResolverSetting
{
    private const int Port = 53;

    /// <exception cref="FormatException">It names a file that is none.</exception>
    /// <exception cref="IOException">It names a file that cannot be read.</exception>
    internal static IDnsResolver Create(FederationOptions options, TimeProvider time)
    {
        if (IsFile(options.Resolver))
        {
            return new FileDnsResolver(DnsAnswerFile.Read(options.Resolver));
        }

        var exchange = new DnsExchange(options, time);
        IDnsResolver resolver = TryServer(options.Resolver, out var server)
            ? new UdpDnsResolver(new FixedDnsServer(server), exchange, options)
            : new UdpDnsResolver(new SystemDnsServers(), exchange, options);
        var cache = new CachingDnsResolver(resolver, options, time);

        // Before the cache: the file may change at any time.
        return options.Resolver == FederationOptions.SystemResolver ? new HostsFileResolver(cache) : cache;
    }

    internal static bool IsFile(string setting) => setting != FederationOptions.SystemResolver && !TryServer(setting, out _);

    private static bool TryServer(string setting, out IPEndPoint server)
    {
        // IPEndPoint takes an address without a port, and then says 0.
        if (!IPEndPoint.TryParse(setting, out var parsed))
        {
            server = new IPEndPoint(IPAddress.None, Port);
            return false;
        }

        server = parsed.Port == 0 ? new IPEndPoint(parsed.Address, Port) : parsed;
        return true;
    }
}
