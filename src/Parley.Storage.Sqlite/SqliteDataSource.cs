using System.Data.Common;
using Microsoft.Data.Sqlite;
using Parley.Server.Storage;
using SQLitePCL;

namespace Parley.Storage.Sqlite;

/// <summary>Connections to one database file: write-ahead log, each commit synced, foreign keys enforced.</summary>
/// <remarks>Not pooled: those who need a connection for long keep it.</remarks>
public sealed class SqliteDataSource : DbDataSource
{
    private readonly string _path;
    private readonly string _settings;

    public SqliteDataSource(SqliteStorageOptions options)
    {
        _path = Path.GetFullPath(options.Path);
        ConnectionString = new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Pooling = false,

            // SQLite itself waits for busy_timeout; the driver's own loop, which sleeps long between tries, is left the shortest time.
            DefaultTimeout = 1,
        }.ToString();

        // fullfsync: on macOS fsync alone does not reach the disk; elsewhere it changes nothing.
        _settings = $"""
            PRAGMA busy_timeout = {(long)options.BusyTimeout.TotalMilliseconds};
            PRAGMA synchronous = FULL;
            PRAGMA fullfsync = ON;
            PRAGMA foreign_keys = ON;
            PRAGMA cache_size = -16384;
            PRAGMA wal_autocheckpoint = 8192;
            PRAGMA journal_mode = WAL;
            """;
    }

    public override string ConnectionString { get; }

    protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

    protected override DbConnection OpenDbConnection()
    {
        Protect();
        DbConnection connection = CreateDbConnection();
        try
        {
            connection.Open();
            using DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The only value is a number.
            command.CommandText = _settings;
#pragma warning restore CA2100
            if (LastResult(command) is not "wal")
                throw new StorageException($"The file system of {_path} does not support SQLite's write-ahead log; put the database on a local disk.");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(OpenDbConnection());
    }

    /// <summary>For a connection that fills the file: with a journal instead of the log a transaction of any size takes its place once. Whoever connects next has the log again.</summary>
    /// <remarks>A reader is left to the lock of the data directory.</remarks>
    internal static ValueTask TakeAloneAsync(DbConnection connection, bool isWritten, CancellationToken cancellationToken)
    {
        if (!isWritten)
            return ValueTask.CompletedTask;

        using DbCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;";
        try
        {
            if (LastResult(command) is "delete")
                return ValueTask.CompletedTask;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
        {
            // As below.
        }

        throw new StorageException($"{connection.DataSource}: another process uses it; stop that first.");
    }

    private static object? LastResult(DbCommand command)
    {
        using DbDataReader results = command.ExecuteReader();
        object? last = null;
        do
        {
            while (results.Read())
                last = results.GetValue(0);
        }
        while (results.NextResult());
        return last;
    }

    /// <summary>Lets only their owner read the file, and the directory if it is made here: one that was there may be others' too.</summary>
    /// <remarks>SQLite gives its log the mode of the file.</remarks>
    private void Protect()
    {
        string directory = Path.GetDirectoryName(_path)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
            return;
        }

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(directory, Owner | UnixFileMode.UserExecute);
        if (File.Exists(_path))
        {
            // By name: to close a handle of our own would drop the locks that SQLite holds on the file in this process.
            if (File.GetUnixFileMode(_path) != Owner)
                File.SetUnixFileMode(_path, Owner);
            return;
        }

        var create = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = Owner };
        new FileStream(_path, create).Dispose();
    }
}
