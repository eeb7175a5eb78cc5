using System.Collections.Concurrent;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Disco;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules;

/// <summary>Entity Capabilities of the hosted domains (XEP-0115 1.6 §6.3): a client that knows the hash need not ask what the server can do.</summary>
public sealed class ServerCapabilitiesModule(EntityDescription description) : IXmppModule, IStreamFeature, IDiscoExtension
{
    /// <summary>What names this software in capabilities.</summary>
    public const string Node = "urn:x-parley:server";

    // As many entries as there are hosted domains.
    private readonly ConcurrentDictionary<Jid, (DiscoInfo Info, EntityCapabilities Capabilities)> _capabilities = new();

    public StreamState Requires => StreamState.Authenticated;

    public StreamState Forbids => StreamState.None;

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0115", "1.6.0", "Entity Capabilities")
        .Feature(EntityCapabilities.Namespace, EntityKind.Server)
        .StreamFeature(this)
        .ExtendDisco(this);

    public void Advertise(ClientStream stream, Utf8XmlWriter features) => Of(stream.Domain!).WriteTo(features);

    public ValueTask<DiscoInfo?> NodeInfoAsync(IqRequest request, string node, CancellationToken cancellationToken) =>
        new(request.Entity == EntityKind.Server && node == Of(request.To.DomainJid).DiscoNode ? description.OfServer(request.To.DomainJid) : null);

    private EntityCapabilities Of(Jid domain)
    {
        var info = description.OfServer(domain);
        if (!_capabilities.TryGetValue(domain, out var known) || !ReferenceEquals(known.Info, info))
        {
            _capabilities[domain] = known = (info, EntityCapabilities.Of(Node, info));
        }

        return known.Capabilities;
    }
}
