namespace Parley.Server.Storage.Sql;

/// <remarks>Asked on the connection that all of this process's writes go through, and which therefore knows them from others'. A database with several lanes needs a query that knows them all.</remarks>
internal sealed class SqlForeignWrites(SqlWrites writes, SqlStatement version) : IForeignWrites
{
    public ValueTask<long> VersionAsync(CancellationToken cancellationToken) =>
        writes.WriteAsync(version, static (session, version) => (long)session.Scalar(version)!, bytes: 0, cancellationToken);
}
