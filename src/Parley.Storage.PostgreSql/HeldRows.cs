using System.Globalization;
using Npgsql;
using Parley.Server.Storage.Sql;

namespace Parley.Storage.PostgreSql;

/// <summary>Rows of one table that wait to be sent, column by column.</summary>
internal sealed class HeldRows : IDisposable
{
    private readonly HeldColumn[] _columns;
    private readonly NpgsqlCommand _command;

    public HeldRows(NpgsqlConnection connection, SqlAppend table)
    {
        _columns = [.. table.Columns.Select(static (column, index) => HeldColumn.Of(column.Type, $"c{index.ToString(CultureInfo.InvariantCulture)}"))];
        _command = connection.CreateCommand();
        _command.CommandText =
            $"INSERT INTO {table.Table} ({string.Join(", ", table.Columns.Select(static column => column.Name))}) "
            + $"SELECT * FROM unnest({string.Join(", ", _columns.Select(static column => $"@{column.Parameter.ParameterName}"))}) ON CONFLICT DO NOTHING";
        foreach (HeldColumn column in _columns)
            _command.Parameters.Add(column.Parameter);
    }

    public int Count { get; private set; }

    /// <summary>Keeps a row; returns about how many bytes it has.</summary>
    public int Add(ReadOnlySpan<SqlValue> values)
    {
        int bytes = 0;
        for (int i = 0; i < values.Length; i++)
            bytes += _columns[i].Add(values[i]);
        Count++;
        return bytes;
    }

    public void Send() => _command.ExecuteNonQuery();

    public void Clear()
    {
        foreach (HeldColumn column in _columns)
            column.Clear();
        Count = 0;
    }

    public void Dispose() => _command.Dispose();
}
