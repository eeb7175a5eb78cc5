using Parley.Server.Routing;

namespace Parley.Web.Discovery;

/// <summary>Discovering Alternative XMPP Connection Methods (XEP-0156 1.4.0): handled over HTTP, by <see cref="HostMeta"/>.</summary>
internal sealed class HostMetaModule : IXmppModule
{
    public void Configure(ModuleBuilder module) => module.Implements("XEP-0156", "1.4.0", "at /.well-known/host-meta and host-meta.json");
}
