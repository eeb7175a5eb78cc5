using System.Collections.Concurrent;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Disco;

/// <summary>Puts together what the modules say of an entity: identities, features, forms.</summary>
/// <param name="registry">What the modules recorded; read once they all have.</param>
public sealed class EntityDescription(Lazy<ModuleRegistry> registry)
{
    private static readonly DiscoIdentity Server = new("server", "im");
    private static readonly DiscoIdentity Account = new("account", "registered");

    // As many entries as there are hosted domains.
    private readonly ConcurrentDictionary<Jid, DiscoInfo> _servers = new();

    /// <summary>What extensions say has changed: hosted domains are put together anew.</summary>
    internal void Forget() => _servers.Clear();

    /// <summary>A hosted domain: the same object until something has changed.</summary>
    public DiscoInfo OfServer(Jid domain) =>
        _servers.GetOrAdd(domain, static (domain, self) => self.Of(EntityKind.Server, domain, Server), this);

    /// <summary>An account, by its bare JID.</summary>
    public DiscoInfo OfAccount(Jid account) => Of(EntityKind.Account, account, Account);

    private DiscoInfo Of(EntityKind entity, Jid address, DiscoIdentity primary)
    {
        var extensions = registry.Value.DiscoExtensions;
        return new DiscoInfo(
            [primary, .. extensions.SelectMany(extension => extension.Identities(entity, address))],
            [
                .. registry.Value.DiscoFeatures(entity)
                    .Where(feature => !extensions.Exists(extension => extension.Replaces(entity, feature)))
                    .Concat(extensions.SelectMany(extension => extension.Features(entity, address)))
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ],
            [.. extensions.SelectMany(extension => extension.Forms(entity, address))]);
    }
}
