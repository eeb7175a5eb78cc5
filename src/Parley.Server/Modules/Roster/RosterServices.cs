using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>What the roster is made of, and what it exports to other modules.</summary>
internal static class RosterServices
{
    internal static IXmppServerBuilder AddRoster(this IXmppServerBuilder builder)
    {
        builder.Services
            .AddSingleton<RosterPushes>()
            .AddSingleton<Rosters>()
            .AddSingleton<IRosterQuery>(static provider => provider.GetRequiredService<Rosters>())
            .AddSingleton<IStorageCache>(static provider => provider.GetRequiredService<Rosters>())
            .TryAddSingleton<IAccountVisibility>(static provider => provider.GetRequiredService<Rosters>());
        return builder.AddModule<RosterModule>();
    }
}
