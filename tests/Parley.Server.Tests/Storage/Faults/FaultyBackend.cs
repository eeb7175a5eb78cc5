using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;
using Parley.TestKit;

namespace Parley.Server.Tests.Storage.Faults;

/// <summary>A server over a SQLite database that fails as its plan says.</summary>
internal sealed class FaultyBackend : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FaultPlan Plan { get; } = new();

    /// <summary>What the server logs of its database.</summary>
    public StoreLog Log { get; } = new();

    /// <summary>Starts a server; what it logs of the database's failures, which may be later than the test has seen them, is no fault of its own.</summary>
    public async Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? configure = null)
    {
        var server = await XmppTestServer.StartAsync(configure, build: builder => builder.Services
            .AddLogging(logging => logging.AddProvider(Log))
            .AddSingleton<IForeignWrites>(static provider => provider.GetRequiredService<SqlStorage>().ForeignWrites!)
            .AddSqlStorage(Create));
        server.ExpectedFault = "The database cannot be ";
        return server;
    }

    public void Dispose() => _folder.Dispose();

    private SqlStorage Create(IServiceProvider services) => new(
        new FaultySource(new SqliteDataSource(new SqliteStorageOptions { Path = _folder.File("parley.db") }), Plan),
        FaultySource.Wrap(SqliteDialect.Instance),
        new SqlStorageOptions(),
        logger: services.GetRequiredService<ILogger<SqlStorage>>());
}
