using System.Data;
using System.Data.Common;
using System.Runtime.InteropServices;

namespace Parley.Server.Storage.Sql;

/// <summary>One open connection with the commands that it has prepared. Used by one caller at a time.</summary>
/// <remarks>
/// A value for a parameter is a string, a long, a byte array, a <see cref="ReadOnlyMemory{T}"/> of bytes, or null. Commands are kept and
/// run again: SQLite's driver keeps their prepared form, Npgsql does with <c>Max Auto Prepare</c>.
/// </remarks>
public sealed class SqlSession : IDisposable
{
    private readonly DbConnection _connection;
    private readonly IRowAppender? _appender;
    private readonly Dictionary<SqlStatement, DbCommand> _commands = [];
    private readonly Dictionary<Type, object> _memory = [];
    private DbTransaction? _transaction;

    internal SqlSession(DbConnection connection, SqlDialect? dialect = null)
    {
        _connection = connection;
        _appender = dialect?.RowAppender?.Invoke(connection);
    }

    /// <summary>Runs a statement and returns the number of rows that it changed.</summary>
    public int Execute(SqlStatement statement, params ReadOnlySpan<object?> values) => Bind(statement, values).ExecuteNonQuery();

    /// <summary>Runs a statement and returns the first column of its first row, or null when there is none or it is NULL.</summary>
    public object? Scalar(SqlStatement statement, params ReadOnlySpan<object?> values)
    {
        object? value = Bind(statement, values).ExecuteScalar();
        return value is DBNull ? null : value;
    }

    /// <summary>Runs a query; the reader must be disposed before the session is used again.</summary>
    public Task<DbDataReader> QueryAsync(SqlStatement statement, CancellationToken cancellationToken, params ReadOnlySpan<object?> values) =>
        Bind(statement, values).ExecuteReaderAsync(cancellationToken);

    /// <summary>Runs a query in a write; the reader must be disposed before the session is used again.</summary>
    public DbDataReader Query(SqlStatement statement, params ReadOnlySpan<object?> values) => Bind(statement, values).ExecuteReader();

    /// <summary>Appends a row in the driver's fastest way. A row whose key is there already is passed over.</summary>
    /// <returns>False when it is known that the row was there; true also where the driver sends rows later.</returns>
    public bool Append(SqlAppend table, params ReadOnlySpan<SqlValue> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, table.Columns.Count, nameof(values));
        if (_appender is not null)
            return _appender.Append(table, values);

        var parameters = new object?[values.Length];
        for (int i = 0; i < values.Length; i++)
            parameters[i] = values[i].ToParameter();
        return Execute(table.Statement, parameters) > 0;
    }

    /// <summary>What the session remembers of the database, one object of each type. It is forgotten when anything is rolled back.</summary>
    public TMemory Memory<TMemory>()
        where TMemory : class, new()
    {
        if (!_memory.TryGetValue(typeof(TMemory), out object? memory))
            _memory.Add(typeof(TMemory), memory = new TMemory());
        return (TMemory)memory;
    }

    public void Dispose()
    {
        _appender?.Dispose();
        foreach (DbCommand command in _commands.Values)
            command.Dispose();
        _transaction?.Dispose();
        _connection.Dispose();
    }

    /// <summary>Whether the connection is known to be lost.</summary>
    internal bool IsBroken => _connection.State != ConnectionState.Open;

    internal DbTransaction Begin() => _transaction = _connection.BeginTransaction();

    internal void End()
    {
        _transaction?.Dispose();
        _transaction = null;
    }

    /// <summary>Sends the rows that the driver held back.</summary>
    internal void Flush() => _appender?.Flush();

    /// <summary>Ends the transaction, and with it all that was believed because of it.</summary>
    internal void RollBack()
    {
        Forget();
        End();
    }

    /// <summary>Undoes everything since the savepoint.</summary>
    internal void RollBack(string savepoint)
    {
        Forget();
        _transaction!.Rollback(savepoint);
    }

    private void Forget()
    {
        _appender?.Clear();
        _memory.Clear();
    }

    private DbCommand Bind(SqlStatement statement, ReadOnlySpan<object?> values)
    {
        _appender?.Flush();
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, statement.Parameters.Count, nameof(values));
        if (!_commands.TryGetValue(statement, out DbCommand? command))
            _commands.Add(statement, command = Create(statement));

        command.Transaction = _transaction;
        DbParameterCollection parameters = command.Parameters;
        for (int i = 0; i < values.Length; i++)
        {
            parameters[i].Value = values[i] switch
            {
                null => DBNull.Value,
                ReadOnlyMemory<byte> bytes => ToArray(bytes),
                var value => value,
            };
        }

        return command;
    }

    private DbCommand Create(SqlStatement statement)
    {
        DbCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // The text comes from the program; what users send is bound.
        command.CommandText = statement.Text;
#pragma warning restore CA2100
        foreach (string name in statement.Parameters)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    // Payloads are mostly whole arrays: those need no copy.
    private static byte[] ToArray(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) && segment.Array is { } array && array.Length == bytes.Length
            ? array
            : bytes.ToArray();
}
