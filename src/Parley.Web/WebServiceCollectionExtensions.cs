using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Parley.Server.Routing;
using Parley.Web.Chat;
using Parley.Web.CrossDomain;
using Parley.Web.Discovery;
using Microsoft.AspNetCore.Builder;
using Parley.Web.Health;
using Parley.Web.Metrics;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds what the web beside the transports needs.</summary>
public static class WebServiceCollectionExtensions
{
    /// <summary>Adds what <c>MapHostMeta</c>, <c>MapXmppHealth</c>, <c>MapMetrics</c>, <c>MapFolder</c>, <c>MapCrossDomain</c> and <c>MapWebChat</c> need; beside <c>AddXmppServer</c>.</summary>
    public static IServiceCollection AddXmppWeb(this IServiceCollection services)
    {
        services.AddRoutingCore();
        services.AddWebEncoders();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IXmppModule, HostMetaModule>());
        services.AddOptions<HostMetaOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HostMetaOptions>, HostMetaOptionsValidation>());
        services.AddOptions<MetricsOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MetricsOptions>, MetricsOptionsValidation>());
        services.AddOptions<ChatOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ChatOptions>, ChatOptionsValidation>());
        services.TryAddSingleton<MeterCollector>();
        services.TryAddSingleton<CrossDomainPolicy>();
        services.TryAddSingleton<StoreHealth>();
        services.AddHealthChecks()
            .AddCheck<StoreHealth>("store", tags: [HealthEndpointRouteBuilderExtensions.Tag])
            .AddCheck<StreamHealth>("streams", tags: [HealthEndpointRouteBuilderExtensions.Tag]);
        return services;
    }
}
