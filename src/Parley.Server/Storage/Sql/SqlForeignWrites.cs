namespace Parley.Server.Storage.Sql;

/// <remarks>Asked on the connection that all of this process's writes go through, and which therefore knows them from others'.</remarks>
internal sealed class SqlForeignWrites(GroupCommitWriter writer, SqlStatement version) : IForeignWrites
{
    public ValueTask<long> VersionAsync(CancellationToken cancellationToken) =>
        writer.WriteAsync(version, static (session, version) => (long)session.Scalar(version)!, bytes: 0, cancellationToken);
}
