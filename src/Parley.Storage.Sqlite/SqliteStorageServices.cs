using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;

namespace Parley.Storage.Sqlite;

/// <summary>Registration of SQLite behind the stores.</summary>
public static class SqliteStorageServices
{
    /// <summary>Registers all stores over one SQLite file.</summary>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, string path) =>
        services.AddSqliteStorage(options => options.Path = path);

    /// <inheritdoc cref="AddSqliteStorage(IServiceCollection, string)"/>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, Action<SqliteStorageOptions> configure)
    {
        services.AddOptions<SqliteStorageOptions>()
            .Configure(configure)
            .Validate(static options => options.Path.Length > 0, "The path of the SQLite database is empty; it takes the name of a file.")
            .Validate(
                static options => options.BusyTimeout >= TimeSpan.Zero && options.BusyTimeout <= TimeSpan.FromHours(1),
                "The busy timeout of the SQLite database takes a time from zero to one hour.")
            .Validate(static options => options.ReadConnections is >= 1 and <= 256, "The read connections of the SQLite database take a number from 1 to 256.")
            .ValidateOnStart();
        return services
            .AddSingleton(static provider => new SqliteDataSource(provider.GetRequiredService<IOptions<SqliteStorageOptions>>().Value))
            .AddSingleton<IStorageCheck, SqliteStorageCheck>()
            .AddSingleton<IForeignWrites>(static provider => provider.GetRequiredService<SqlStorage>().ForeignWrites!)
            .AddSqlStorage(static provider => new SqlStorage(
                provider.GetRequiredService<SqliteDataSource>(),
                SqliteDialect.Instance,
                new SqlStorageOptions { ReadConnections = provider.GetRequiredService<IOptions<SqliteStorageOptions>>().Value.ReadConnections },
                provider.GetService<IMeterFactory>(),
                provider.GetService<ILogger<SqlStorage>>()));
    }
}
