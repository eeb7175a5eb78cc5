using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Storage.InMemory;

/// <summary>Registration of stores that forget everything when the process ends, for tests and embedded use.</summary>
public static class InMemoryStorageServices
{
    /// <summary>Registers all stores, over accounts and rooms that they share. "Durable" means no more than "in memory" here.</summary>
    public static IServiceCollection AddInMemoryStorage(this IServiceCollection services) => services
        .AddArchiveId()
        .AddSingleton<InMemoryAccountRegistry>()
        .AddSingleton<InMemoryRoomRegistry>()
        .AddSingleton<IAccountStore, InMemoryAccountStore>()
        .AddSingleton<IRosterStore, InMemoryRosterStore>()
        .AddSingleton<IBlockListStore, InMemoryBlockListStore>()
        .AddSingleton<IOfflineStore, InMemoryOfflineStore>()
        .AddSingleton<IArchiveStore, InMemoryArchiveStore>()
        .AddSingleton<IRoomStore, InMemoryRoomStore>()
        .AddSingleton<IDetachedSessionStore, InMemoryDetachedSessionStore>()
        .AddSingleton<IAccountDocumentStore, InMemoryAccountDocumentStore>()
        .AddSingleton<ILastActivityStore, InMemoryLastActivityStore>()
        .AddSingleton<ISettingStore, InMemorySettingStore>()
        .AddSingleton<IForeignWrites, NoForeignWrites>();
}
