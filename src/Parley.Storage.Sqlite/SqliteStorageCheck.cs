using System.Data.Common;
using Microsoft.Data.Sqlite;
using Parley.Server.Storage;
using static SQLitePCL.raw;

namespace Parley.Storage.Sqlite;

/// <summary>SQLite's own check of its file, and of the references between tables.</summary>
internal sealed class SqliteStorageCheck(SqliteDataSource dataSource) : IStorageCheck
{
    public async ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        try
        {
            await using DbConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await CheckPagesAsync(connection, problems, cancellationToken);
            await CheckReferencesAsync(connection, problems, cancellationToken);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is SQLITE_CORRUPT or SQLITE_NOTADB)
        {
            // Too damaged to be checked to the end.
            problems.Add(exception.Message);
        }

        return problems;
    }

    private static async ValueTask CheckPagesAsync(DbConnection connection, List<string> problems, CancellationToken cancellationToken)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        await using DbDataReader rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            if (rows.GetString(0) is not "ok" and var problem)
                problems.Add(problem);
        }
    }

    private static async ValueTask CheckReferencesAsync(DbConnection connection, List<string> problems, CancellationToken cancellationToken)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA foreign_key_check";
        await using DbDataReader rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            problems.Add($"Row {rows.GetValue(1)} of table {rows.GetString(0)} refers to a missing row of table {rows.GetString(2)}.");
    }
}
