using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Modules.Disco;
using Parley.Server.Routing;
using Parley.Server.Sessions.Components;

namespace Parley.Server.Modules.Delegation;

/// <summary>All that the configuration delegates, and what comes of it in service discovery: the component's word stands for the server's own (XEP-0355 §6.2).</summary>
internal sealed class Delegations(ComponentTable components, IOptions<XmppServerOptions> options) : IDiscoExtension
{
    private readonly DelegatedNamespace[] _all =
    [
        .. from component in components.All
           from text in options.Value.Components[component.Domain.Domain].Delegations
           select DelegatedNamespace.Parse(component, text),
    ];

    internal bool IsEmpty => _all.Length == 0;

    internal IEnumerable<DelegatedNamespace> Of(ComponentDomain component) => _all.Where(delegation => delegation.Component == component);

    internal DelegatedNamespace? Find(XmlElement payload) => Array.Find(_all, delegation => delegation.Covers(payload));

    public IEnumerable<DiscoIdentity> Identities(EntityKind entity, Jid address) => Told(entity).SelectMany(static info => info.Identities);

    public IEnumerable<string> Features(EntityKind entity, Jid address) => Told(entity).SelectMany(static info => info.Features);

    public IEnumerable<DataForm> Forms(EntityKind entity, Jid address) => Told(entity).SelectMany(static info => info.Forms);

    public bool Replaces(EntityKind entity, string feature) => Array.Exists(
        _all,
        delegation => feature.StartsWith(delegation.Namespace, StringComparison.Ordinal)
            && (feature.Length == delegation.Namespace.Length || feature[delegation.Namespace.Length] == '#'));

    private IEnumerable<DiscoInfo> Told(EntityKind entity) =>
        _all.Select(delegation => entity == EntityKind.Server ? delegation.OfServer : delegation.OfAccount).OfType<DiscoInfo>();
}
