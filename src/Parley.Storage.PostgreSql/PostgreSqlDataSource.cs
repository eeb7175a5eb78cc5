using System.Data.Common;
using System.Net.Sockets;
using Npgsql;
using Parley.Server.Storage;

namespace Parley.Storage.PostgreSql;

/// <summary>Connections to one PostgreSQL database, whose commits are on disk when they return.</summary>
/// <remarks>Not pooled: those who need a connection for long keep it. Errors of opening name host, port and database, and what to do.</remarks>
public sealed class PostgreSqlDataSource : DbDataSource
{
    // 13 is the oldest that its makers looked after when this was written.
    private const int OldestVersion = 130000;

    private readonly NpgsqlDataSource _connections;
    private readonly string _address;
    private readonly string _process = Guid.NewGuid().ToString("N");

    public PostgreSqlDataSource(PostgreSqlStorageOptions options)
    {
        _address = PostgreSqlAddress.Describe(options.ConnectionString);
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        settings.Pooling = false;
        settings.Enlist = false;
        settings.IncludeErrorDetail = false;
        Default(settings, "Application Name", "parley");
        Default(settings, "Timeout", Seconds(options.ConnectTimeout));
        Default(settings, "Command Timeout", Seconds(options.CommandTimeout));
        Default(settings, "Keepalive", Seconds(options.KeepAlive));
        Default(settings, "Tcp Keepalive", true);
        Default(settings, "Max Auto Prepare", 128);
        Default(settings, "Auto Prepare Min Usages", 2);
        _connections = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    /// <summary>Without its password.</summary>
    public override string ConnectionString => _connections.ConnectionString;

    /// <summary>Host, port and database, for people.</summary>
    public override string ToString() => _address;

    /// <summary>Takes the lock that every connection shares, for this one alone.</summary>
    internal static async ValueTask TakeAloneAsync(DbConnection connection, bool isWritten, CancellationToken cancellationToken)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT CASE WHEN pg_advisory_unlock_shared({PostgreSqlDialect.UseLock}) THEN pg_try_advisory_lock({PostgreSqlDialect.UseLock}) END";
        if (await command.ExecuteScalarAsync(cancellationToken) is not true)
            throw new StorageException($"{PostgreSqlAddress.Describe(connection.ConnectionString)}: a running Parley uses it; stop that first.");
    }

    protected override DbConnection CreateDbConnection() => _connections.CreateConnection();

    protected override DbConnection OpenDbConnection()
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = _connections.OpenConnection();
            using NpgsqlCommand command = Greeting(connection);
            using NpgsqlDataReader answer = command.ExecuteReader();
            answer.Read();
            Judge(answer);
            return connection;
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            throw Explain(exception);
        }
    }

    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await _connections.OpenConnectionAsync(cancellationToken);
            await using NpgsqlCommand command = Greeting(connection);
            await using NpgsqlDataReader answer = await command.ExecuteReaderAsync(cancellationToken);
            await answer.ReadAsync(cancellationToken);
            Judge(answer);
            return connection;
        }
        catch (Exception exception)
        {
            if (connection is not null)
                await connection.DisposeAsync();
            throw Explain(exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _connections.Dispose();
        base.Dispose(disposing);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await _connections.DisposeAsync();
        await base.DisposeAsyncCore();
    }

    /// <summary>Says whose connection it is, takes the lock of those that use the database, and has commits wait for the disk, also where the database's owner has told it otherwise.</summary>
    private NpgsqlCommand Greeting(NpgsqlConnection connection)
    {
        NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = """
            SELECT pg_try_advisory_lock_shared(@use), current_setting('server_encoding'), current_setting('server_version_num')::INTEGER,
                current_setting('server_version'), set_config('parley.process', @process, false),
                CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END
            """;
        command.Parameters.AddWithValue("use", PostgreSqlDialect.UseLock);
        command.Parameters.AddWithValue("process", _process);
        return command;
    }

    private void Judge(NpgsqlDataReader answer)
    {
        if (answer.GetInt32(2) < OldestVersion)
            throw new StorageException($"{_address}: it runs PostgreSQL {answer.GetString(3)}; Parley needs 13 or newer.");
        if (answer.GetString(1) is not "UTF8" and var encoding)
            throw new StorageException($"{_address}: its encoding is {encoding}; make the database with ENCODING 'UTF8'.");
        if (!answer.GetBoolean(0))
            throw new StorageException($"{_address}: it is being copied ('parley store copy'); try again when that is done.");
    }

    private Exception Explain(Exception exception) => exception switch
    {
        StorageException or OperationCanceledException => exception,
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            new StorageException($"{_address}: there is no such database; make it with 'createdb -E UTF8 -O USER DATABASE'.", exception),
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            new StorageException($"{_address}: it refuses the user or the password; a password is read from the connection string, PGPASSWORD or the file that PGPASSFILE names.", exception),
        PostgresException postgres => new StorageException($"{_address}: {postgres.MessageText}.", exception),
        DbException or SocketException or TimeoutException or IOException =>
            new StorageException($"{_address}: it cannot be reached ({Reason(exception)}); see that PostgreSQL runs there and lets this machine in.", exception),
        _ => exception,
    };

    private static string Reason(Exception exception) => exception.GetBaseException() switch
    {
        SocketException socket => socket.Message.ReplaceLineEndings(" "),
        TimeoutException => "no answer in time",
        var cause => cause.Message.ReplaceLineEndings(" ").TrimEnd('.'),
    };

    private static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);

    private static void Default(NpgsqlConnectionStringBuilder settings, string key, object value)
    {
        if (!settings.ShouldSerialize(key))
            settings[key] = value;
    }
}
