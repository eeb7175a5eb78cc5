using System.Net;

namespace Parley.Server.Federation.Dns;

/// <summary>Answers for the addresses of hosts that the system's hosts file names, and leaves everything else to another resolver.</summary>
/// <remarks>A host in the file has the file's addresses only: asked for IPv6 where the file has IPv4, the answer is that there is no such record.</remarks>
public sealed class HostsFileResolver(IDnsResolver next, string path = HostsFileResolver.DefaultPath) : IDnsResolver
{
    internal const string DefaultPath = "/etc/hosts";
    private readonly ReadAgain<Dictionary<string, List<IPAddress>>> _file = new(path, Parse);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        if (type is not (DnsType.A or DnsType.Aaaa) || !DnsName.TryParse(name, out var host) || _file.Current() is not { } hosts || !hosts.TryGetValue(host, out var addresses))
        {
            return next.ResolveAsync(name, type, cancellationToken);
        }

        DnsRecord[] records = [.. addresses.Select(address => new DnsAddress(host, TimeSpan.Zero, address)).Where(record => record.Type == type).Take(DnsAnswer.MaxRecords)];
        return new(new DnsAnswer(records.Length > 0 ? DnsOutcome.Found : DnsOutcome.NoSuchRecord, records, TimeSpan.Zero));
    }

    private static Dictionary<string, List<IPAddress>> Parse(IEnumerable<string> lines)
    {
        var hosts = new Dictionary<string, List<IPAddress>>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var text, .. var names] || !IPAddress.TryParse(text, out var address))
            {
                continue;
            }

            foreach (var written in names)
            {
                if (DnsName.TryParse(written, out var host))
                {
                    hosts.TryAdd(host, []);
                    hosts[host].Add(address);
                }
            }
        }

        return hosts;
    }
}
