namespace Parley.Storage.PostgreSql;

/// <summary>How one process knows that another wrote: triggers count the statements that changed a watched table, by process.</summary>
/// <remarks>
/// <para>The count is part of the transaction that it counts, so whoever sees it sees the change too; a sequence or a notification sent while
/// the transaction runs would not promise that, and notifications let one transaction commit at a time. Each connection has a row of its own, for which it waits
/// for nobody. Rows are a process's for good: those of the last week are kept.</para>
/// <para>A connection says whose it is by the setting <c>parley.process</c>. Who does not, such as an operator in psql, counts as another process.</para>
/// </remarks>
internal static class PostgreSqlForeignWrites
{
    /// <summary>A number that changes when a connection of another process has changed a watched table.</summary>
    public const string Version = """
        SELECT COALESCE(SUM(changes), 0)::BIGINT FROM storage_change WHERE process <> current_setting('parley.process')
        """;

    /// <summary>Forgets the processes that have not written for a week.</summary>
    public const string Forget = "DELETE FROM storage_change WHERE at < now() - INTERVAL '7 days'";

    private const string CreateTable = """
        CREATE TABLE IF NOT EXISTS storage_change (process TEXT NOT NULL, connection INTEGER NOT NULL, changes BIGINT NOT NULL,
            at TIMESTAMPTZ NOT NULL, PRIMARY KEY (process, connection)) WITH (fillfactor = 50)
        """;

    private const string CreateFunction = """
        CREATE OR REPLACE FUNCTION storage_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO storage_change (process, connection, changes, at)
            VALUES (COALESCE(current_setting('parley.process', true), ''), pg_backend_pid(), 1, now())
            ON CONFLICT (process, connection) DO UPDATE SET changes = storage_change.changes + 1, at = excluded.at;
            RETURN NULL;
        END $$
        """;

    /// <summary>The statements after which the changes of a table are counted.</summary>
    public static IReadOnlyList<string> WatchTable(string table) =>
    [
        CreateTable,
        CreateFunction,
        $"CREATE TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION storage_changed()",
    ];
}
