namespace Parley.Server.Storage.Sql;

/// <summary>A table that rows are appended to by the hundred. Keep one instance for each: sessions know their prepared form by it.</summary>
/// <remarks>A row whose key is there already is passed over (<c>ON CONFLICT DO NOTHING</c>).</remarks>
/// <param name="table">The table's name.</param>
/// <param name="columns">Its columns, in the order of the values.</param>
public sealed class SqlAppend(string table, params SqlColumn[] columns)
{
    public string Table { get; } = table;

    public IReadOnlyList<SqlColumn> Columns { get; } = columns;

    /// <summary>The statement that appends one row, its parameters named as the columns are.</summary>
    public SqlStatement Statement { get; } = new(
        $"INSERT INTO {table} ({string.Join(", ", columns.Select(static column => column.Name))}) "
        + $"VALUES ({string.Join(", ", columns.Select(static column => "@" + column.Name))}) ON CONFLICT DO NOTHING");
}

/// <summary>A column that values are appended to.</summary>
public readonly record struct SqlColumn(string Name, SqlColumnType Type);

/// <summary>What a column holds.</summary>
public enum SqlColumnType
{
    /// <summary>BIGINT.</summary>
    Number,

    /// <summary>The dialect's <see cref="SqlDialect.Text"/>.</summary>
    Text,

    /// <summary>The dialect's <see cref="SqlDialect.Blob"/>.</summary>
    Bytes,
}
