using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Storage.Sql;

/// <summary>Registration of a SQL database behind the stores.</summary>
public static class SqlStorageServices
{
    /// <summary>Registers the stores of one <see cref="SqlStorage"/>, which is prepared before the host's services start.</summary>
    /// <remarks>A program without a host calls <see cref="SqlStorage.PrepareAsync"/> itself.</remarks>
    public static IServiceCollection AddSqlStorage(this IServiceCollection services, Func<IServiceProvider, SqlStorage> create) => services
        .AddArchiveId()
        .AddSingleton(create)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().Accounts)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().Rosters)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().BlockLists)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().OfflineMessages)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().Archives)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().Rooms)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().DetachedSessions)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().Documents)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().LastActivities)
        .AddSingleton(static provider => provider.GetRequiredService<SqlStorage>().Settings)
        .AddHostedService<SqlStoragePreparation>();
}
