using System.Data.Common;
using Microsoft.Data.Sqlite;
using Parley.Server.Storage;

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
            PRAGMA journal_mode = WAL;
            """;
    }

    public override string ConnectionString { get; }

    protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

    protected override DbConnection OpenDbConnection()
    {
        CreateFile();
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

    /// <summary>Makes directory and file readable by their owner only; SQLite gives its log the mode of the file. A directory that was there keeps its mode: others may need it.</summary>
    private void CreateFile()
    {
        if (File.Exists(_path))
            return;

        var open = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        string directory = Path.GetDirectoryName(_path)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            open.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(_path, open).Dispose();
    }
}
