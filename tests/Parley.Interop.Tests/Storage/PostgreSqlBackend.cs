using Microsoft.Extensions.DependencyInjection;
using Parley.Storage.PostgreSql;
using Parley.TestKit.Storage;

namespace Parley.Interop.Tests.Storage;

/// <summary>PostgreSQL, with a database for each test.</summary>
public sealed class PostgreSqlBackend : StorageBackend
{
    public override void Register(IServiceCollection services) =>
        services.AddPostgreSqlStorage(options =>
        {
            options.ConnectionString = PostgreSqlServer.SharedAsync().AsTask().GetAwaiter().GetResult().CreateDatabase();
            options.WriteConnections = 4;
        });
}
