using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Parley.Server.Storage;

/// <summary>Registration of the ids of messages.</summary>
internal static class ArchiveIdServices
{
    internal static IServiceCollection AddArchiveId(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ArchiveId>();
        return services;
    }
}
