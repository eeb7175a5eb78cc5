using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Server.Hosting;

namespace Parley.Server.Modules.Muc;

/// <summary>The domains of the services.</summary>
internal sealed class MucDomains(IOptions<MucOptions> options, IOptions<XmppServerOptions> server) : IRoomServices
{
    private readonly IReadOnlyList<Jid> _hosts = server.Value.DomainJids;

    /// <summary>All of them; none where there are no rooms.</summary>
    internal IReadOnlyList<Jid> All { get; } =
        !options.Value.Enabled ? []
        : options.Value.Services.Count > 0 ? [.. options.Value.Services.Select(Jid.Parse).Distinct()]

        // A component that has the name already keeps it.
        : [.. server.Value.DomainJids.Select(static domain => Jid.Create(null, $"conference.{domain.Domain}", null))
            .Where(service => !server.Value.Components.Keys.Any(component => Jid.TryParse(component, out var its) && its.Equals(service)))];

    public IEnumerable<Jid> Of(Jid host) => All.Where(service => IsOf(service, host));

    // The one that it is under, or, if there is none, any.
    private bool IsOf(Jid service, Jid host) =>
        IsUnder(service, host) || !_hosts.Any(other => IsUnder(service, other));

    private static bool IsUnder(Jid service, Jid host) => service.Domain.EndsWith($".{host.Domain}", StringComparison.Ordinal);
}
