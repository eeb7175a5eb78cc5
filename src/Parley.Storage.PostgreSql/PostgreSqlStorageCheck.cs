using System.Data.Common;
using Npgsql;
using Parley.Server.Storage;

namespace Parley.Storage.PostgreSql;

/// <summary>Reads every row once, looks for references to nothing, and for settings of the database that would lose what was committed.</summary>
internal sealed class PostgreSqlStorageCheck(PostgreSqlDataSource dataSource) : IStorageCheck
{
    private const string Tables = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename";

    // Each foreign key as a query that counts the rows whose columns are set and name no row.
    private const string References = """
        SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, format(
            'SELECT COUNT(*) FROM %s AS child WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS parent WHERE %s)',
            c.conrelid::regclass,
            string_agg(format('child.%I IS NOT NULL', child.attname), ' AND '),
            c.confrelid::regclass,
            string_agg(format('parent.%I = child.%I', parent.attname, child.attname), ' AND '))
        FROM pg_constraint c
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS pair (child_number, parent_number)
        JOIN pg_attribute child ON child.attrelid = c.conrelid AND child.attnum = pair.child_number
        JOIN pg_attribute parent ON parent.attrelid = c.confrelid AND parent.attnum = pair.parent_number
        WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
        GROUP BY c.oid, c.conrelid, c.confrelid ORDER BY 1
        """;

    private const string UnsafeSettings = """
        SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'
        """;

    public async ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        await using DbConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        foreach (string[] setting in await RowsAsync(connection, UnsafeSettings, cancellationToken))
            problems.Add($"The setting {setting[0]} of this PostgreSQL is off: a crash of its machine may destroy the database.");
        foreach (string[] table in await RowsAsync(connection, Tables, cancellationToken))
            await CheckAsync(connection, table[0], problems, cancellationToken);
        string[][] references = [.. await RowsAsync(connection, References, cancellationToken), .. await RowsAsync(connection, PostgreSqlReference.Checks, cancellationToken)];
        foreach (string[] reference in references)
            await CheckReferenceAsync(connection, reference, problems, cancellationToken);
        return problems;
    }

    /// <summary>Reads all of a table: where checksums are on, a damaged page shows.</summary>
    private static async ValueTask CheckAsync(DbConnection connection, string table, List<string> problems, CancellationToken cancellationToken)
    {
        try
        {
            await RowsAsync(connection, $"SELECT COALESCE(SUM(LENGTH(t::text)), 0)::text FROM {table} AS t", cancellationToken);
        }
        catch (PostgresException exception) when (IsDamage(exception))
        {
            problems.Add($"Table {table} cannot be read: {exception.MessageText}.");
        }
    }

    private static async ValueTask CheckReferenceAsync(DbConnection connection, string[] reference, List<string> problems, CancellationToken cancellationToken)
    {
        try
        {
            string[] count = (await RowsAsync(connection, reference[2], cancellationToken)).Single();
            if (count[0] != "0")
                problems.Add($"{count[0]} rows of table {reference[0]} refer to missing rows of table {reference[1]}.");
        }
        catch (PostgresException exception) when (IsDamage(exception))
        {
            problems.Add($"The references of table {reference[0]} to {reference[1]} cannot be read: {exception.MessageText}.");
        }
    }

    private static bool IsDamage(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted or PostgresErrorCodes.InternalError or PostgresErrorCodes.IoError;

    private static async ValueTask<List<string[]>> RowsAsync(DbConnection connection, string text, CancellationToken cancellationToken)
    {
        await using DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The text comes from the program and the catalog, which quotes its names.
        command.CommandText = text;
#pragma warning restore CA2100
        command.CommandTimeout = 0;
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<string[]>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => Convert.ToString(reader.GetValue(column))!)]);
        return rows;
    }
}
