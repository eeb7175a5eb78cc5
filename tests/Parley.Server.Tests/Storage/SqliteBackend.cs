using Microsoft.Extensions.DependencyInjection;
using Parley.Storage.Sqlite;
using Parley.TestKit.Storage;

namespace Parley.Server.Tests.Storage;

public sealed class SqliteBackend : StorageBackend
{
    private readonly TemporaryFolder _folder = new();

    public override void Register(IServiceCollection services) => services.AddSqliteStorage(_folder.File("parley.db"));

    protected override void Dispose(bool disposing)
    {
        _folder.Dispose();
        base.Dispose(disposing);
    }
}
