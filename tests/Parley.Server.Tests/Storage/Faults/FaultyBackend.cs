using Microsoft.Extensions.DependencyInjection;
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

    public Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(build: builder => builder.Services
        .AddSingleton<IForeignWrites>(static provider => provider.GetRequiredService<SqlStorage>().ForeignWrites!)
        .AddSqlStorage(Create));

    public void Dispose() => _folder.Dispose();

    private SqlStorage Create(IServiceProvider services) => new(
        new FaultySource(new SqliteDataSource(new SqliteStorageOptions { Path = _folder.File("parley.db") }), Plan),
        FaultySource.Wrap(SqliteDialect.Instance),
        new SqlStorageOptions());
}
