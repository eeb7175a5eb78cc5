using System.Data.Common;
using Parley.Server.Storage;

namespace Parley.Storage.Sqlite;

/// <summary>SQLite's own check of its file, and of the references between tables.</summary>
internal sealed class SqliteStorageCheck(SqliteDataSource dataSource) : IStorageCheck
{
    public async ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        await using DbConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using DbCommand integrity = connection.CreateCommand();
        integrity.CommandText = "PRAGMA integrity_check";
        await using (DbDataReader rows = await integrity.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                if (rows.GetString(0) is not "ok" and var problem)
                    problems.Add(problem);
            }
        }

        await using DbCommand references = connection.CreateCommand();
        references.CommandText = "PRAGMA foreign_key_check";
        await using (DbDataReader rows = await references.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
                problems.Add($"Row {rows.GetValue(1)} of table {rows.GetString(0)} refers to a missing row of table {rows.GetString(2)}.");
        }

        return problems;
    }
}
