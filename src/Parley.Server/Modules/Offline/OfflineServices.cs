using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Offline;

/// <summary>What offline messages are made of.</summary>
internal static class OfflineServices
{
    internal static IXmppServerBuilder AddOffline(this IXmppServerBuilder builder)
    {
        builder.Services
            .AddSingleton<OfflineDelivery>()
            .AddSingleton<IMessageHold>(static provider => provider.GetRequiredService<OfflineDelivery>());
        return builder.AddModule<OfflineModule>();
    }
}
