using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Parley.Server.Modules.Presence;

namespace Parley.Server.Modules.Privileges;

/// <summary>What privileges of components are made of, and what they export to other modules.</summary>
internal static class PrivilegesServices
{
    internal static IXmppServerBuilder AddPrivileges(this IXmppServerBuilder builder)
    {
        builder.Services
            .AddSingleton<Permissions>()
            .AddSingleton<IRosterPrivileges>(static provider => provider.GetRequiredService<Permissions>())
            .AddSingleton<IAvailabilityObserver>(static provider => provider.GetRequiredService<Permissions>());
        return builder.AddModule<PrivilegesModule>();
    }
}
