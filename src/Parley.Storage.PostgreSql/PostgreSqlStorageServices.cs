using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;

namespace Parley.Storage.PostgreSql;

/// <summary>Registration of PostgreSQL behind the stores.</summary>
public static class PostgreSqlStorageServices
{
    private static readonly TimeSpan LongestTime = TimeSpan.FromHours(1);

    /// <summary>Registers all stores over one PostgreSQL database.</summary>
    public static IServiceCollection AddPostgreSqlStorage(this IServiceCollection services, string connectionString) =>
        services.AddPostgreSqlStorage(options => options.ConnectionString = connectionString);

    /// <inheritdoc cref="AddPostgreSqlStorage(IServiceCollection, string)"/>
    public static IServiceCollection AddPostgreSqlStorage(this IServiceCollection services, Action<PostgreSqlStorageOptions> configure)
    {
        services.AddOptions<PostgreSqlStorageOptions>()
            .Configure(configure)
            .Validate(
                static options => PostgreSqlAddress.TryParse(options.ConnectionString) is not null,
                "The connection string of the PostgreSQL database takes a text such as Host=db.example.org;Username=parley;Database=parley.")
            .Validate(static options => options.WriteConnections is >= 1 and <= 64, "The write connections of the PostgreSQL database take a number from 1 to 64.")
            .Validate(static options => options.ReadConnections is >= 1 and <= 256, "The read connections of the PostgreSQL database take a number from 1 to 256.")
            .Validate(
                static options => IsTime(options.ConnectTimeout) && IsTime(options.CommandTimeout) && IsTime(options.KeepAlive),
                "The timeouts of the PostgreSQL database take a time from one second to one hour.")
            .ValidateOnStart();
        return services
            .AddSingleton(static provider => new PostgreSqlDataSource(provider.GetRequiredService<IOptions<PostgreSqlStorageOptions>>().Value))
            .AddSingleton<IStorageCheck, PostgreSqlStorageCheck>()
            .AddSingleton<IForeignWrites>(static provider => provider.GetRequiredService<SqlStorage>().ForeignWrites!)
            .AddSqlStorage(Create);
    }

    private static SqlStorage Create(IServiceProvider provider)
    {
        PostgreSqlStorageOptions options = provider.GetRequiredService<IOptions<PostgreSqlStorageOptions>>().Value;
        return new SqlStorage(
            provider.GetRequiredService<PostgreSqlDataSource>(),
            PostgreSqlDialect.Instance with { WriteLanes = options.WriteConnections },
            new SqlStorageOptions { ReadConnections = options.ReadConnections },
            provider.GetService<IMeterFactory>(),
            provider.GetService<ILogger<SqlStorage>>());
    }

    private static bool IsTime(TimeSpan time) => time >= TimeSpan.FromSeconds(1) && time <= LongestTime;
}
