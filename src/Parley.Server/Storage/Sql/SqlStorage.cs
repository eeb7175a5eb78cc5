using System.Data.Common;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Parley.Server.Storage.Sql;

/// <summary>All stores over one SQL database: reads on connections of their own, writes through <see cref="SqlWrites"/>.</summary>
/// <remarks>Owns the data source. <see cref="PrepareAsync"/> comes before anything else.</remarks>
public sealed class SqlStorage : IAsyncDisposable
{
    private readonly DbDataSource _dataSource;
    private readonly SqlDialect _dialect;
    private readonly SqlReads _reads;
    private readonly SqlWrites _writes;

    public SqlStorage(DbDataSource dataSource, SqlDialect dialect, SqlStorageOptions options, IMeterFactory? meters = null, ILogger<SqlStorage>? logger = null)
    {
        _dataSource = dataSource;
        _dialect = dialect;
        _reads = new SqlReads(dataSource, options.ReadConnections, logger);
        _writes = new SqlWrites(dataSource, dialect, options.Writer, meters, logger);
        var archives = new SqlArchiveStore(_reads, _writes, dialect);
        Accounts = new SqlAccountStore(_reads, _writes, archives);
        Rosters = new SqlRosterStore(_reads, _writes);
        BlockLists = new SqlBlockListStore(_reads, _writes);
        OfflineMessages = new SqlOfflineStore(_reads, _writes, dialect);
        Archives = archives;
        Rooms = new SqlRoomStore(_reads, _writes, archives);
        DetachedSessions = new SqlDetachedSessionStore(_writes);
        Documents = new SqlAccountDocumentStore(_reads, _writes, dialect);
        LastActivities = new SqlLastActivityStore(_reads, _writes);
        Settings = new SqlSettingStore(_reads, _writes);
        ForeignWrites = dialect.ForeignWriteVersion is { } statement ? new SqlForeignWrites(_writes, new SqlStatement(statement)) : null;
    }

    public IAccountStore Accounts { get; }

    public IRosterStore Rosters { get; }

    public IBlockListStore BlockLists { get; }

    public IOfflineStore OfflineMessages { get; }

    public IArchiveStore Archives { get; }

    public IRoomStore Rooms { get; }

    public IDetachedSessionStore DetachedSessions { get; }

    public IAccountDocumentStore Documents { get; }

    public ILastActivityStore LastActivities { get; }

    public ISettingStore Settings { get; }

    /// <summary>Null when the database cannot tell.</summary>
    public IForeignWrites? ForeignWrites { get; }

    /// <summary>The words of its database.</summary>
    internal SqlDialect Dialect => _dialect;

    /// <summary>Creates the schema, or brings it to the newest version.</summary>
    /// <exception cref="StorageException">The database is newer than this program, or a migration failed.</exception>
    public ValueTask PrepareAsync(CancellationToken cancellationToken) =>
        new SqlMigrator(_dataSource, _dialect, Schema.Migrations).MigrateAsync(cancellationToken);

    /// <summary>A connection beside which no other process uses the database, where that can be had.</summary>
    internal async ValueTask<DbConnection> OpenAloneAsync(bool isWritten, CancellationToken cancellationToken)
    {
        DbConnection connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            if (_dialect.TakeAlone is { } takeAlone)
                await takeAlone(connection, isWritten, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Commits the writes that wait, then closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writes.DisposeAsync();
        await _reads.DisposeAsync();
        await _dataSource.DisposeAsync();
    }
}
