using Parley.Server.Connections.Bosh;
using Parley.Server.Connections.WebSockets;
using Parley.Server.Modules;
using Parley.Server.Modules.Archive;
using Parley.Server.Modules.Blocking;
using Parley.Server.Modules.Carbons;
using Parley.Server.Modules.ClientState;
using Parley.Server.Modules.Delegation;
using Parley.Server.Modules.Disco;
using Parley.Server.Modules.Muc;
using Parley.Server.Modules.Offline;
using Parley.Server.Modules.Presence;
using Parley.Server.Modules.Privileges;
using Parley.Server.Modules.Registration;
using Parley.Server.Modules.Roster;
using Parley.Server.Sessions;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Hosting;

/// <summary>The modules that every server has, in the order in which they see stanzas and are advertised.</summary>
internal static class StandardModules
{
    internal static IXmppServerBuilder AddStandardModules(this IXmppServerBuilder builder) => builder
        .AddModule<StartTls>()
        .AddWebSocket()
        .AddModule<SaslNegotiation>()
        .AddModule<ResourceBinding>()
        .AddModule<StreamManagement>()
        .AddModule<RepliesModule>()
        .AddModule<BoshModule>()
        .AddPrivileges()
        .AddRegistration()
        .AddRoster()
        .AddPresence()
        .AddBlocking()
        .AddDelegation()
        .AddModule<OwnDelayModule>()
        .AddDisco()
        .AddModule<ServerCapabilitiesModule>()
        .AddModule<ComponentsModule>()
        .AddModule<FederationModule>()
        .AddModule<StreamLimitsModule>()
        .AddModule<ContactAddressesModule>()
        .AddModule<PingModule>()
        .AddModule<SoftwareVersionModule>()
        .AddModule<EntityTimeModule>()
        .AddModule<LastActivityModule>()
        .AddModule<VCardModule>()
        .AddModule<PrivateXmlModule>()
        .AddArchive()
        .AddCarbons()
        .AddModule<ClientStateModule>()
        .AddOffline()
        .AddMuc();
}
