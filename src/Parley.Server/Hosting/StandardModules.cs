using Parley.Server.Modules;
using Parley.Server.Modules.Disco;
using Parley.Server.Sessions;

namespace Parley.Server.Hosting;

/// <summary>The modules that every server has, in the order in which they see stanzas and are advertised.</summary>
internal static class StandardModules
{
    internal static IXmppServerBuilder AddStandardModules(this IXmppServerBuilder builder) => builder
        .AddModule<ResourceBinding>()
        .AddModule<DiscoModule>()
        .AddModule<ServerCapabilitiesModule>()
        .AddModule<StreamLimitsModule>()
        .AddModule<ContactAddressesModule>()
        .AddModule<PingModule>()
        .AddModule<SoftwareVersionModule>()
        .AddModule<EntityTimeModule>();
}
