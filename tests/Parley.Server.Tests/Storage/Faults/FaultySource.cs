using System.Data.Common;
using Parley.Server.Storage.Sql;

namespace Parley.Server.Tests.Storage.Faults;

/// <summary>A data source whose operations fail as a plan says: opening, beginning, executing, reading a row, appending one, committing.</summary>
/// <remarks>Closing never fails. The disk is not waited for: what is tested is not whether it is there after a loss of power.</remarks>
internal sealed class FaultySource(DbDataSource inner, FaultPlan plan) : DbDataSource
{
    public override string ConnectionString => inner.ConnectionString;

    /// <summary>A dialect's words, with its appender wrapped as well.</summary>
    public static SqlDialect Wrap(SqlDialect dialect) => dialect with
    {
        RowAppender = dialect.RowAppender is { } create
            ? connection => new FaultyAppender(create(((FaultyConnection)connection).Inner), (FaultyConnection)connection)
            : null,
    };

    protected override DbConnection CreateDbConnection() => throw new NotSupportedException();

    protected override DbConnection OpenDbConnection()
    {
        plan.Meet(null);
        DbConnection connection = inner.OpenConnection();
        using DbCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous = OFF";
        command.ExecuteNonQuery();
        return new FaultyConnection(connection, plan);
    }

    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(OpenDbConnection());

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await inner.DisposeAsync();
        await base.DisposeAsyncCore();
    }
}
