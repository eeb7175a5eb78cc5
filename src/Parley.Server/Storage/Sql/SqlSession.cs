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
    private readonly Dictionary<SqlStatement, DbCommand> _commands = [];
    private DbTransaction? _transaction;

    internal SqlSession(DbConnection connection) => _connection = connection;

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

    public void Dispose()
    {
        foreach (DbCommand command in _commands.Values)
            command.Dispose();
        _transaction?.Dispose();
        _connection.Dispose();
    }

    internal DbTransaction Begin() => _transaction = _connection.BeginTransaction();

    internal void End()
    {
        _transaction?.Dispose();
        _transaction = null;
    }

    private DbCommand Bind(SqlStatement statement, ReadOnlySpan<object?> values)
    {
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
