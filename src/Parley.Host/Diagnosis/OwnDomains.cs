using Parley.Protocol.Addressing;
using Parley.Server.Hosting;
using Parley.Server.Modules.Muc;

namespace Parley.Host.Diagnosis;

/// <summary>The domains of the configuration: those that are hosted, and those of services, which are reached by other servers alone.</summary>
internal sealed class OwnDomains(XmppServerOptions options, IRoomServices rooms)
{
    private readonly List<string> _services =
    [
        .. options.Domains.SelectMany(domain => rooms.Of(Jid.Create(null, domain, null))).Select(static service => service.Domain)
            .Concat(options.Components.Keys.Select(static domain => Jid.TryCreate(null, domain, null, out var jid) ? jid.Domain : domain))
            .Distinct(StringComparer.Ordinal),
    ];

    /// <summary>Those that are looked at when none is named. Without federation services have nothing to be found by.</summary>
    internal IEnumerable<string> All => options.Federation.Enabled ? options.Domains.Concat(_services) : options.Domains;

    /// <summary>The first in whose name others can be spoken to; null when there is none but this machine's.</summary>
    internal string? First => options.Domains.FirstOrDefault(static domain => !DomainExamination.IsLocal(domain));

    internal bool Contains(string domain) => options.Domains.Contains(domain) || _services.Contains(domain);

    /// <summary>Whether a domain is one of a service: it has no accounts, and no client connects to it.</summary>
    internal bool IsService(string domain) => _services.Contains(domain);
}
