using System.Data.Common;
using Npgsql;
using Parley.Server.Storage.Sql;

namespace Parley.Storage.PostgreSql;

/// <summary>Holds rows back and sends those of each table together: one statement for each table and transaction, one array for each column.</summary>
internal sealed class PostgreSqlRowAppender(DbConnection connection) : IRowAppender
{
    // More than this is sent at once: what the driver copies for a statement stays bounded.
    private const int MaxHeldBytes = 8 * 1024 * 1024;

    private readonly NpgsqlConnection _connection = (NpgsqlConnection)connection;
    private readonly Dictionary<SqlAppend, HeldRows> _tables = [];

    // In the order of their first rows: a later table may refer to an earlier one.
    private readonly List<HeldRows> _held = [];
    private int _heldBytes;

    public bool Append(SqlAppend table, ReadOnlySpan<SqlValue> values)
    {
        if (!_tables.TryGetValue(table, out HeldRows? rows))
            _tables.Add(table, rows = new HeldRows(_connection, table));
        if (rows.Count == 0)
            _held.Add(rows);
        _heldBytes += rows.Add(values);
        if (_heldBytes > MaxHeldBytes)
            Flush();
        return true;
    }

    public void Flush()
    {
        if (_held.Count == 0)
            return;
        foreach (HeldRows rows in _held)
            rows.Send();
        Clear();
    }

    public void Clear()
    {
        foreach (HeldRows rows in _held)
            rows.Clear();
        _held.Clear();
        _heldBytes = 0;
    }

    public void Dispose()
    {
        foreach (HeldRows rows in _tables.Values)
            rows.Dispose();
        _tables.Clear();
    }
}
