using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Blocking;

/// <summary>What blocking is made of, and what it exports to other modules.</summary>
internal static class BlockingServices
{
    internal static IXmppServerBuilder AddBlocking(this IXmppServerBuilder builder)
    {
        builder.Services
            .AddSingleton<BlockLists>()
            .AddSingleton<IBlockLists>(static provider => provider.GetRequiredService<BlockLists>())
            .AddSingleton<IStorageCache>(static provider => provider.GetRequiredService<BlockLists>())
            .AddSingleton<BlockedPresence>();
        return builder.AddModule<BlockingModule>();
    }
}
