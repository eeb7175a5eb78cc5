using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;

namespace Parley.Server.Modules.Presence;

/// <summary>What presence and its subscriptions are made of, and what they export to other modules.</summary>
internal static class PresenceServices
{
    internal static IXmppServerBuilder AddPresence(this IXmppServerBuilder builder)
    {
        builder.Services
            .AddSingleton<PresenceBroadcast>()
            .AddSingleton<PresenceProbes>()
            .AddSingleton<Subscriptions>()
            .AddSingleton<ISubscriptionCancellation>(static provider => provider.GetRequiredService<Subscriptions>());
        return builder.AddModule<SubscriptionsModule>().AddModule<PresenceModule>();
    }
}
