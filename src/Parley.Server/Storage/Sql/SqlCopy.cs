using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Parley.Server.Storage.Sql;

/// <summary>Copies everything from one database into another, empty one, of whatever kind both are: all or nothing.</summary>
/// <remarks>
/// <para>Both have to be prepared (<see cref="SqlStorage.PrepareAsync"/>). No other process may use them meanwhile; where a database can tell, the
/// copy refuses to begin, and keeps others from beginning.</para>
/// <para>One transaction reads and one writes. The counts of all tables are compared before it commits. Ids are kept, and those that were given and are free again stay so.</para>
/// </remarks>
public sealed partial class SqlCopy(SqlStorage from, SqlStorage to)
{
    /// <summary>What progress calls the making of the text index.</summary>
    public const string TextIndex = "text index";

    // How often progress is told, in rows.
    private const int Step = 5000;

    /// <summary>Copies; returns the rows of each table.</summary>
    /// <param name="told">Is told of each table at its beginning and end, and now and then between.</param>
    /// <exception cref="StorageException">The target is not empty, one of the two is in use, or the counts differ; the target is as it was.</exception>
    public async Task<IReadOnlyList<SqlCopyProgress>> RunAsync(IProgress<SqlCopyProgress> told, CancellationToken cancellationToken)
    {
        await using DbConnection source = await from.OpenAloneAsync(isWritten: false, cancellationToken);
        await using DbConnection target = await to.OpenAloneAsync(isWritten: true, cancellationToken);
        using var session = new SqlSession(target, to.Dialect);
        DbTransaction writing = session.Begin();
        await using DbTransaction reading = await source.BeginTransactionAsync(cancellationToken);
        await RefuseFilledAsync(writing, cancellationToken);

        var copied = new List<SqlCopyProgress>();
        foreach (SqlTable table in SqlTable.All)
            copied.Add(await CopyAsync(table, reading, session, told, cancellationToken));
        if (from.Dialect.TextIndex is { } texts && to.Dialect.TextIndex is { } index)
            await IndexAsync(texts, index, reading, session, told, cancellationToken);
        session.Flush();
        if (to.Dialect.StagesArchives)
            SqlArchiveStaging.Filled(session);
        foreach (SqlCopyProgress table in copied)
            await CompareAsync(table, writing, cancellationToken);
        foreach (SqlTable table in SqlTable.All.Where(static table => table.HasIdentity))
            await KeepIdentityAsync(table, reading, writing, cancellationToken);
        await writing.CommitAsync(cancellationToken);
        session.End();
        return copied;
    }

    private async Task RefuseFilledAsync(DbTransaction target, CancellationToken cancellationToken)
    {
        foreach (SqlTable table in SqlTable.All)
        {
            long rows = await CountAsync(RowsOf(table, to), target, cancellationToken);
            if (rows > 0)
                throw new StorageException($"The target is not empty: its table {table.Name} has {rows} rows. Copy into a database that was never used.");
        }
    }

    // New rows of archives may be kept apart from the others.
    private static string RowsOf(SqlTable table, SqlStorage storage) => table.IsArchive ? storage.Dialect.Archives : table.Name;

    private async Task<SqlCopyProgress> CopyAsync(
        SqlTable table, DbTransaction source, SqlSession target, IProgress<SqlCopyProgress> told, CancellationToken cancellationToken)
    {
        string rowsOf = RowsOf(table, from);
        var progress = new SqlCopyProgress(table.Name, 0, await CountAsync(rowsOf, source, cancellationToken));
        told.Report(progress);
        await using DbCommand select = Command(source, $"SELECT * FROM {rowsOf}{(table.Order is { } order ? $" ORDER BY {order}" : "")}");
        await using DbDataReader rows = await select.ExecuteReaderAsync(cancellationToken);
        var append = new SqlAppend(table.Name, [.. Enumerable.Range(0, rows.FieldCount).Select(column => new SqlColumn(rows.GetName(column), TypeOf(rows, column)))]);
        var values = new SqlValue[rows.FieldCount];
        while (await rows.ReadAsync(cancellationToken))
        {
            Read(rows, append, values);
            target.Append(append, values);
            progress = progress with { Rows = progress.Rows + 1 };
            if (progress.Rows % Step == 0)
            {
                target.Flush();
                told.Report(progress);
            }
        }

        target.Flush();
        told.Report(progress);
        return progress;
    }

    /// <summary>Has the target make its own index of the texts: each database has its own way.</summary>
    private static async Task IndexAsync(
        ISqlTextIndex texts, ISqlTextIndex index, DbTransaction source, SqlSession target, IProgress<SqlCopyProgress> told, CancellationToken cancellationToken)
    {
        var progress = new SqlCopyProgress(TextIndex, 0, await CountAsync($"({texts.SelectTexts}) AS texts", source, cancellationToken));
        told.Report(progress);
        await using DbCommand select = Command(source, texts.SelectTexts);
        await using DbDataReader rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            long[] owners = [.. Number().Matches(rows.GetString(1)).Select(static match => long.Parse(match.ValueSpan, CultureInfo.InvariantCulture))];
            if (owners.Length > 0)
                index.Add(target, rows.GetInt64(0), owners[0], owners.Length > 1 ? owners[1] : null, rows.GetString(2));
            progress = progress with { Rows = progress.Rows + 1 };
            if (progress.Rows % Step == 0)
            {
                target.Flush();
                told.Report(progress);
            }
        }

        told.Report(progress);
    }

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    private static void Read(DbDataReader row, SqlAppend table, SqlValue[] values)
    {
        for (int column = 0; column < values.Length; column++)
        {
            values[column] = row.IsDBNull(column) ? default(SqlValue) : table.Columns[column].Type switch
            {
                SqlColumnType.Number => row.GetInt64(column),
                SqlColumnType.Text => row.GetString(column),
                _ => new ReadOnlyMemory<byte>(row.GetFieldValue<byte[]>(column)),
            };
        }
    }

    private static SqlColumnType TypeOf(DbDataReader rows, int column) => rows.GetDataTypeName(column).ToUpperInvariant() switch
    {
        "TEXT" => SqlColumnType.Text,
        "BLOB" or "BYTEA" => SqlColumnType.Bytes,
        "BIGINT" or "INTEGER" => SqlColumnType.Number,
        var type => throw new StorageException($"A column of type {type} cannot be copied."),
    };

    private static async Task CompareAsync(SqlCopyProgress table, DbTransaction target, CancellationToken cancellationToken)
    {
        long rows = await CountAsync(table.Table, target, cancellationToken);
        if (rows != table.Total || rows != table.Rows)
            throw new StorageException($"Table {table.Table} has {table.Total} rows in the source and {rows} in the target: nothing was kept. Was the source written to?");
    }

    private async Task KeepIdentityAsync(SqlTable table, DbTransaction source, DbTransaction target, CancellationToken cancellationToken)
    {
        await using DbCommand last = Command(source, from.Dialect.LastIdentity(table.Name));
        if (await last.ExecuteScalarAsync(cancellationToken) is not long number)
            return;
        await using DbCommand keep = Command(target, to.Dialect.SetLastIdentity(table.Name, number));
        await keep.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<long> CountAsync(string table, DbTransaction transaction, CancellationToken cancellationToken)
    {
        await using DbCommand command = Command(transaction, $"SELECT COUNT(*) FROM {table}");
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken));
    }

    private static DbCommand Command(DbTransaction transaction, string text)
    {
        DbCommand command = transaction.Connection!.CreateCommand();
#pragma warning disable CA2100 // Names of tables come from the program.
        command.CommandText = text;
#pragma warning restore CA2100
        command.Transaction = transaction;
        command.CommandTimeout = 0;
        return command;
    }
}
