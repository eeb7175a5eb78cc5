using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>What archives are made of, and what they export to other modules.</summary>
internal static class ArchiveServices
{
    internal static IXmppServerBuilder AddArchive(this IXmppServerBuilder builder)
    {
        builder.Services
            .AddSingleton<ArchivePolicies>()
            .AddSingleton<IStorageCache>(static provider => provider.GetRequiredService<ArchivePolicies>())
            .AddSingleton<GivenMessages>()
            .AddSingleton<IGivenMessages>(static provider => provider.GetRequiredService<GivenMessages>())
            .AddSingleton<Retractions>()
            .AddSingleton<MessageKeeping>()
            .AddSingleton<ArchivePageReader>()
            .AddSingleton<ArchiveQueries>()
            .AddSingleton<ArchiveRequests>()
            .AddSingleton<PreferenceRequests>()
            .AddHostedService<RetentionSweep>();
        return builder.AddModule<ArchiveModule>();
    }
}
