using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Server.Hosting;

namespace Parley.Server.Sessions.Components;

/// <summary>The external components that the configuration names; none is added while the server runs.</summary>
public sealed class ComponentTable(IOptions<XmppServerOptions> options)
{
    private readonly Dictionary<Jid, ComponentDomain> _domains = options.Value.Components
        .Select(static component => new ComponentDomain(Jid.Create(null, component.Key, null), Encoding.UTF8.GetBytes(component.Value.Secret)))
        .ToDictionary(static component => component.Domain);

    /// <summary>All of them, connected or not.</summary>
    public IReadOnlyCollection<ComponentDomain> All => _domains.Values;

    /// <summary>The component of a domain.</summary>
    public bool TryFind(Jid domain, [NotNullWhen(true)] out ComponentDomain? component) => _domains.TryGetValue(domain, out component);
}
