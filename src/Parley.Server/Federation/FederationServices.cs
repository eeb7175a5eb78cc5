using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Parley.Server.Connections;
using Parley.Server.Connections.Tcp;
using Parley.Server.Federation.Dns;
using Parley.Server.Federation.Management;
using Parley.Server.Hosting;
using Parley.Server.Routing;

namespace Parley.Server.Federation;

/// <summary>What finding, reaching and recognising other servers, and the streams to them, are made of. An <see cref="IDnsResolver"/> of the application's own is used where there is one.</summary>
internal static class FederationServices
{
    internal static void AddFederation(this IServiceCollection services)
    {
        services.AddSingleton(static provider => provider.GetRequiredService<IOptions<XmppServerOptions>>().Value.Federation);
        services.TryAddSingleton(static provider => ResolverSetting.Create(provider.GetRequiredService<FederationOptions>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static _ => new ServiceOrder(Random.Shared));
        services.AddSingleton<ServerLocator>();
        services.TryAddSingleton<Microsoft.AspNetCore.Connections.IConnectionFactory, SocketConnections>();
        services.AddSingleton<AddressRace>();
        services.AddSingleton<AddressPolicy>();
        services.AddSingleton<ServerConnector>();
        services.AddSingleton<ServerCertificates>();
        services.AddSingleton<DialbackKeys>();
        services.AddSingleton<ServerTls>();
        services.AddSingleton<ServerStreamServices>();
        services.AddSingleton<InboundSessions>();
        services.AddSingleton(static provider => new TcpServerStreams(
            provider.GetRequiredService<StreamPump>(),
            provider.GetRequiredService<TcpReadLoop>(),
            provider.GetRequiredService<ServerTls>(),
            provider.GetRequiredService<ServerStreamServices>(),
            provider.GetRequiredService<Lazy<RemoteServers>>(),
            provider.GetRequiredService<InboundSessions>()));
        services.AddSingleton(static provider => new Lazy<TcpServerStreams>(provider.GetRequiredService<TcpServerStreams>));
        services.AddSingleton<RemoteServers>();
        services.AddSingleton(static provider => new Lazy<RemoteServers>(provider.GetRequiredService<RemoteServers>));
        services.AddSingleton<IRemoteDomains>(static provider => provider.GetRequiredService<RemoteServers>());
    }
}
