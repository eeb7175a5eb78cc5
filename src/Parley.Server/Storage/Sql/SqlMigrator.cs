using System.Data.Common;

namespace Parley.Server.Storage.Sql;

/// <summary>Brings a database to the newest version of the schema, each step in a transaction of its own; the table <c>schema_version</c> records them.</summary>
public sealed class SqlMigrator(DbDataSource dataSource, SqlDialect dialect, IReadOnlyList<SqlMigration> migrations)
{
    private const string CreateVersions =
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";

    /// <summary>Applies what is missing; several processes may do so at once.</summary>
    /// <exception cref="StorageException">The database is newer than this program, or a step failed (those before it are kept).</exception>
    public async ValueTask MigrateAsync(CancellationToken cancellationToken)
    {
        await using DbConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (dialect.SuspendReferences is { } suspend)
        {
            // In a transaction it would do nothing.
            await using DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The text comes from the program.
            command.CommandText = suspend;
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        while (await StepAsync(connection, cancellationToken))
        {
        }
    }

    /// <summary>Applies the next migration; false when there is none.</summary>
    private async ValueTask<bool> StepAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        // The version is read in the transaction: another process may have taken the step meanwhile.
        await using DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (dialect.MigrationLock is { } migrationLock)
            await ExecuteAsync(transaction, migrationLock, cancellationToken);
        await ExecuteAsync(transaction, CreateVersions, cancellationToken);

        int known = migrations.Count == 0 ? 0 : migrations[^1].Version;
        int current = await VersionAsync(transaction, cancellationToken);
        if (current > known)
        {
            throw new StorageException(
                $"The database has schema version {current}, this program knows versions up to {known}: a newer Parley wrote it, run that one.");
        }

        if (current == known)
            return false;

        SqlMigration next = migrations[current];
        try
        {
            foreach (string statement in next.Statements(dialect))
                await ExecuteAsync(transaction, statement, cancellationToken);
        }
        catch (DbException exception)
        {
            throw new StorageException($"Migration {next.Version} ({next.Name}) of the database failed: {exception.Message}", exception);
        }

        await RecordAsync(transaction, next, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static async ValueTask<int> VersionAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        await using DbCommand command = Command(transaction, "SELECT COALESCE(MAX(version), 0) FROM schema_version");
        return Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken));
    }

    private static async ValueTask RecordAsync(DbTransaction transaction, SqlMigration migration, CancellationToken cancellationToken)
    {
        await using DbCommand command = Command(
            transaction, "INSERT INTO schema_version (version, name, applied_at) VALUES (@version, @name, @applied_at)");
        Add(command, "@version", (long)migration.Version);
        Add(command, "@name", migration.Name);
        Add(command, "@applied_at", SqlTime.ToMicroseconds(DateTimeOffset.UtcNow));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async ValueTask ExecuteAsync(DbTransaction transaction, string text, CancellationToken cancellationToken)
    {
        await using DbCommand command = Command(transaction, text);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static DbCommand Command(DbTransaction transaction, string text)
    {
        DbCommand command = transaction.Connection!.CreateCommand();
#pragma warning disable CA2100 // The text comes from the program; values are bound.
        command.CommandText = text;
#pragma warning restore CA2100
        command.Transaction = transaction;

        // A step over many rows, or the wait for another process that takes it, takes as long as it takes.
        command.CommandTimeout = 0;
        return command;
    }

    private static void Add(DbCommand command, string name, object value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
