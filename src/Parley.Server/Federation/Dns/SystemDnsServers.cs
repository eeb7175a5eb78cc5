using System.Net;
using System.Net.NetworkInformation;

namespace Parley.Server.Federation.Dns;

/// <summary>The servers that the system is told to ask: the first three of <c>/etc/resolv.conf</c>, read again when it changes; where there is no such file, those of the network interfaces.</summary>
/// <param name="path">The file.</param>
public sealed class SystemDnsServers(string path = SystemDnsServers.DefaultPath) : IDnsServers
{
    internal const string DefaultPath = "/etc/resolv.conf";
    private const int Port = 53;

    // What the system's own resolver takes (resolv.conf(5)).
    private const int MaxServers = 3;
    private readonly ReadAgain<IReadOnlyList<IPEndPoint>> _file = new(path, Parse);

    /// <inheritdoc/>
    public IReadOnlyList<IPEndPoint> Current() => _file.Current() ?? OfInterfaces();

    // A file that names nobody means the machine itself (resolv.conf(5)).
    private static List<IPEndPoint> Parse(IEnumerable<string> lines)
    {
        var servers = new List<IPEndPoint>();
        foreach (var line in lines)
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var text, ..] && IPAddress.TryParse(text, out var address) && servers.Count < MaxServers)
            {
                servers.Add(new IPEndPoint(address, Port));
            }
        }

        return servers is [] ? [new IPEndPoint(IPAddress.Loopback, Port)] : servers;
    }

    private static List<IPEndPoint> OfInterfaces() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(static network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(static network => network.GetIPProperties().DnsAddresses)
            .Distinct()
            .Take(MaxServers)
            .Select(static address => new IPEndPoint(address, Port)),
    ];
}
