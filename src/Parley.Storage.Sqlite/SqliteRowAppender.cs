using System.Buffers;
using System.Data.Common;
using System.Text;
using Microsoft.Data.Sqlite;
using Parley.Server.Storage.Sql;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Parley.Storage.Sqlite;

/// <summary>Appends each row at once, by a prepared statement of the connection's own library: the driver's command costs several times what the row does.</summary>
internal sealed class SqliteRowAppender(DbConnection connection) : IRowAppender
{
    private readonly sqlite3 _database = ((SqliteConnection)connection).Handle!;
    private readonly Dictionary<SqlAppend, sqlite3_stmt> _statements = [];
    private readonly byte[] _text = new byte[1024];

    public bool Append(SqlAppend table, ReadOnlySpan<SqlValue> values)
    {
        if (!_statements.TryGetValue(table, out sqlite3_stmt? statement))
            _statements.Add(table, statement = Prepare(table));

        try
        {
            for (int i = 0; i < values.Length; i++)
                Check(Bind(statement, i + 1, values[i], table.Columns[i].Type));
            if (sqlite3_step(statement) is not SQLITE_DONE and var result)
                Check(result);
            return sqlite3_changes(_database) > 0;
        }
        finally
        {
            // It says again what the step said.
            sqlite3_reset(statement);
        }
    }

    public void Flush()
    {
    }

    public void Clear()
    {
    }

    public void Dispose()
    {
        foreach (sqlite3_stmt statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
    }

    private sqlite3_stmt Prepare(SqlAppend table)
    {
        Check(sqlite3_prepare_v3(_database, table.Statement.Text, SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt statement));
        return statement;
    }

    private int Bind(sqlite3_stmt statement, int index, SqlValue value, SqlColumnType type) =>
        value.IsNull ? sqlite3_bind_null(statement, index)
        : value.IsNumber ? sqlite3_bind_int64(statement, index, value.Number)
        : value.Text is { } text ? BindText(statement, index, text)
        : type == SqlColumnType.Text ? BindUtf8(statement, index, value.Bytes.Span)
        : value.Bytes.IsEmpty ? sqlite3_bind_zeroblob(statement, index, 0)
        : sqlite3_bind_blob(statement, index, value.Bytes.Span);

    private int BindText(sqlite3_stmt statement, int index, string text)
    {
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (most <= _text.Length)
            return BindUtf8(statement, index, _text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text)));

        byte[] large = ArrayPool<byte>.Shared.Rent(most);
        int result = BindUtf8(statement, index, large.AsSpan(0, Encoding.UTF8.GetBytes(text, large)));
        ArrayPool<byte>.Shared.Return(large);
        return result;
    }

    // Of no bytes a null pointer would be bound, which means NULL.
    private static int BindUtf8(sqlite3_stmt statement, int index, ReadOnlySpan<byte> utf8) =>
        utf8.IsEmpty ? sqlite3_bind_text(statement, index, "") : sqlite3_bind_text(statement, index, utf8);

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
