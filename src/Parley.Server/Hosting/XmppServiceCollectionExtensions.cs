using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Parley.Server.Accounts;
using Parley.Server.Connections;
using Parley.Server.Connections.Bosh;
using Parley.Server.Connections.Tcp;
using Parley.Server.Diagnostics;
using Parley.Server.Federation;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Sessions.Components;
using Parley.Server.Sessions.Management;
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
        services.AddSingleton<IValidateOptions<XmppServerOptions>, FederationOptionsValidation>();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddOptions<WebOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<WebOptions>, WebOptionsValidation>();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ICertificateSource, NoCertificates>();
        services.AddSingleton<ServerMeters>();
        services.AddSingleton<Heartbeat>();
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<ResumableSessions>();
        services.AddSingleton<SavedSessions>();
        services.AddSingleton<DomainTable>();
        services.AddSingleton<SessionDirectory>();
        services.AddSingleton<ModuleRegistry>();
        services.AddSingleton(static provider => new Lazy<ModuleRegistry>(provider.GetRequiredService<ModuleRegistry>));
        services.AddSingleton<StanzaRouter>();
        services.AddSingleton(static provider => new Lazy<StanzaRouter>(provider.GetRequiredService<StanzaRouter>));
        services.AddSingleton(static provider => new Lazy<MessageDelivery>(provider.GetRequiredService<MessageDelivery>));
        services.AddSingleton(static provider => new Lazy<IMessageHold>(provider.GetRequiredService<IMessageHold>));
        services.AddSingleton<IqDispatcher>();
        services.AddSingleton<MessageDelivery>();
        services.AddSingleton<PasswordKeys>();
        services.AddSingleton<AccountService>();
        services.AddSingleton<AuthenticationThrottle>();
        services.AddSingleton<DecoySecret>();
        services.AddSingleton<WireLog>();
        services.AddSingleton<StreamServices>();
        services.AddSingleton<ClientStreamServices>();
        services.AddSingleton<AwaitedReplies>();
        services.AddSingleton<ComponentTable>();
        services.AddSingleton<ComponentStreamServices>();
        services.AddSingleton<ConnectionLimit>();
        services.AddSingleton<StreamPump>();
        services.AddSingleton<ClientStreamPump>();
        services.AddSingleton<TcpReadLoop>();
        services.AddSingleton<TcpClientStreams>();
        services.AddOptions<BoshOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<BoshOptions>, BoshOptionsValidation>();
        services.AddSingleton<BoshSessions>();
        services.AddSingleton<BoshEndpoint>();
        services.AddSingleton<TrustedProxies>();
        services.AddSingleton<AllowedOrigins>();
        services.AddSingleton<CrossOriginPolicy>();
        services.AddSingleton<OwnNames>();
        services.AddSingleton<WebRequestSecurity>();
        services.AddSingleton<ProxyProtocol>();
        services.AddFederation();
        services.AddHostedService<XmppServer>();
        services.AddHostedService<RemovedAccounts>();
        services.AddInMemoryStorage();
        return new XmppServerBuilder(services).AddStandardModules();
    }

    private sealed record XmppServerBuilder(IServiceCollection Services) : IXmppServerBuilder;
}
