using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Parley.Server.Accounts;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;
using Parley.Server.Modules.Blocking;
using Parley.Server.Modules.Disco;
using Parley.Server.Modules.Offline;
using Parley.Server.Modules.Presence;
using Parley.Server.Modules.Registration;
using Parley.Server.Modules.Roster;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.Storage.InMemory;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts an XMPP server into an ASP.NET Core application.</summary>
public static class XmppServiceCollectionExtensions
{
    /// <summary>Adds the server with its modules. Storage is in memory until another is added; listeners are said to Kestrel.</summary>
    public static IXmppServerBuilder AddXmppServer(this IServiceCollection services, Action<XmppServerOptions>? configure = null)
    {
        var options = services.AddOptions<XmppServerOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<XmppServerOptions>, XmppServerOptionsValidation>();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ICertificateSource, NoCertificates>();
        services.AddSingleton<ServerMeters>();
        services.AddSingleton<Heartbeat>();
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<DomainTable>();
        services.AddSingleton<SessionDirectory>();
        services.AddSingleton<ModuleRegistry>();
        services.AddSingleton(static provider => new Lazy<ModuleRegistry>(provider.GetRequiredService<ModuleRegistry>));
        services.AddSingleton<EntityDescription>();
        services.AddSingleton<RosterPushes>();
        services.AddSingleton<Rosters>();
        services.AddSingleton<IRosterQuery>(static provider => provider.GetRequiredService<Rosters>());
        services.TryAddSingleton<IAccountVisibility>(static provider => provider.GetRequiredService<Rosters>());
        services.AddSingleton<IAccountCache>(static provider => provider.GetRequiredService<Rosters>());
        services.AddSingleton<PresenceBroadcast>();
        services.AddSingleton<PresenceProbes>();
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<ISubscriptionCancellation>(static provider => provider.GetRequiredService<Subscriptions>());
        services.AddSingleton<StanzaRouter>();
        services.AddSingleton(static provider => new Lazy<StanzaRouter>(provider.GetRequiredService<StanzaRouter>));
        services.AddSingleton(static provider => new Lazy<MessageDelivery>(provider.GetRequiredService<MessageDelivery>));
        services.AddSingleton<IqDispatcher>();
        services.AddSingleton<MessageDelivery>();
        services.AddSingleton<PasswordKeys>();
        services.AddSingleton<AccountService>();
        services.AddSingleton<BlockLists>();
        services.AddSingleton<IBlockLists>(static provider => provider.GetRequiredService<BlockLists>());
        services.AddSingleton<IAccountCache>(static provider => provider.GetRequiredService<BlockLists>());
        services.AddSingleton<BlockedPresence>();
        services.AddSingleton<RegistrationLimit>();
        services.AddSingleton<OfflineDelivery>();
        services.AddSingleton<AuthenticationThrottle>();
        services.AddSingleton<DecoySecret>();
        services.AddSingleton<StartTls>();
        services.AddSingleton<IStreamFeature>(static provider => provider.GetRequiredService<StartTls>());
        services.AddSingleton<IStreamFeature, SaslNegotiation>();
        services.AddSingleton<WireLog>();
        services.AddSingleton<ClientStreamServices>();
        services.AddSingleton<ClientStreamPump>();
        services.AddHostedService<XmppServer>();
        services.AddHostedService<RemovedAccounts>();
        services.AddInMemoryStorage();
        return new XmppServerBuilder(services).AddStandardModules();
    }

    private sealed record XmppServerBuilder(IServiceCollection Services) : IXmppServerBuilder;
}
