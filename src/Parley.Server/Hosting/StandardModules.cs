using Parley.Server.Modules;
using Parley.Server.Modules.Blocking;
using Parley.Server.Modules.Disco;
using Parley.Server.Modules.Offline;
using Parley.Server.Modules.Presence;
using Parley.Server.Modules.Registration;
using Parley.Server.Modules.Roster;
using Parley.Server.Sessions;

namespace Parley.Server.Hosting;

/// <summary>The modules that every server has, in the order in which they see stanzas and are advertised.</summary>
internal static class StandardModules
{
    internal static IXmppServerBuilder AddStandardModules(this IXmppServerBuilder builder) => builder
        .AddModule<ResourceBinding>()
        .AddModule<RegistrationModule>()
        .AddModule<RosterModule>()
        .AddModule<SubscriptionsModule>()
        .AddModule<PresenceModule>()
        .AddModule<BlockingModule>()
        .AddModule<OwnDelayModule>()
        .AddModule<DiscoModule>()
        .AddModule<ServerCapabilitiesModule>()
        .AddModule<StreamLimitsModule>()
        .AddModule<ContactAddressesModule>()
        .AddModule<PingModule>()
        .AddModule<SoftwareVersionModule>()
        .AddModule<EntityTimeModule>()
        .AddModule<LastActivityModule>()
        .AddModule<VCardModule>()
        .AddModule<PrivateXmlModule>()
        .AddModule<OfflineModule>();
}
