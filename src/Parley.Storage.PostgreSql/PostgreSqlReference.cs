using System.Globalization;

namespace Parley.Storage.PostgreSql;

/// <summary>A reference from rows that come by the hundred to rows that hardly ever go, kept by triggers for each statement instead of for each row.</summary>
/// <remarks>
/// A foreign key of PostgreSQL looks up and locks the other row for each new row, which costs more than to store it. Here whoever adds rows shares an advisory lock until its
/// transaction ends, and looks up each number once; whoever removes what they refer to takes the lock alone. So neither sees half of what the other does. What fails, fails
/// as with a foreign key (SQLSTATE 23503).
/// </remarks>
internal static class PostgreSqlReference
{
    /// <summary>The statements after which a column refers to the column <c>id</c> of another table, and rows go with the one that they refer to.</summary>
    /// <param name="table">The table of many rows.</param>
    /// <param name="column">Its column.</param>
    /// <param name="parent">The table that it refers to.</param>
    /// <param name="root">The table with whose rows those of the parent go.</param>
    public static IReadOnlyList<string> Create(string table, string column, string parent, string root)
    {
        string name = $"{table}_{column}";
        string key = PostgreSqlDialect.ReferenceLock.ToString(CultureInfo.InvariantCulture);
        string parentKey = PostgreSqlDialect.ParentLock.ToString(CultureInfo.InvariantCulture);
        return
        [
            $"""
            CREATE FUNCTION {name}_exists() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock_shared({key});
                IF EXISTS (SELECT 1 FROM (SELECT DISTINCT {column} FROM added) AS referred
                    WHERE NOT EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = referred.{column})) THEN
                    RAISE foreign_key_violation USING MESSAGE = 'a row of {table} refers to no row of {parent}';
                END IF;
                RETURN NULL;
            END $$
            """,
            $"CREATE TRIGGER {name}_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {name}_exists()",
            $"""
            CREATE FUNCTION {name}_cascade() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock({key});
                DELETE FROM {table} WHERE {column} IN (SELECT id FROM removed);
                RETURN NULL;
            END $$
            """,
            $"""
            CREATE FUNCTION {name}_alone() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock({parentKey});
                IF TG_OP = 'DELETE' THEN
                    PERFORM pg_advisory_xact_lock({key});
                END IF;
                RETURN NULL;
            END $$
            """,

            // Before any row is locked: two transactions that add parents in different orders, or remove what the other adds, would wait for each other.
            $"CREATE TRIGGER {name}_adding BEFORE INSERT ON {parent} FOR EACH STATEMENT EXECUTE FUNCTION {name}_alone()",
            .. AddRoot(table, column, root),
            $"CREATE TRIGGER {name}_removed AFTER DELETE ON {parent} REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION {name}_cascade()",
        ];
    }

    /// <summary>The statements after which rows of the parent may go with those of another table, too.</summary>
    /// <param name="table">The table of many rows.</param>
    /// <param name="column">Its column.</param>
    /// <param name="root">The other table.</param>
    public static IReadOnlyList<string> AddRoot(string table, string column, string root) =>
        [$"CREATE TRIGGER {table}_{column}_removing BEFORE DELETE ON {root} FOR EACH STATEMENT EXECUTE FUNCTION {table}_{column}_alone()"];

    /// <summary>A query for all such references: the table, the other table, and a query that counts the rows that refer to nothing.</summary>
    public const string Checks = """
        SELECT added.tgrelid::regclass::text, removed.tgrelid::regclass::text, format(
            'SELECT COUNT(*) FROM %1$s AS child WHERE NOT EXISTS (SELECT 1 FROM %2$s AS parent WHERE parent.id = child.%3$I)',
            added.tgrelid::regclass, removed.tgrelid::regclass, child.attname)
        FROM pg_trigger added
        JOIN pg_attribute child ON child.attrelid = added.tgrelid AND added.tgname = (SELECT relname FROM pg_class WHERE oid = added.tgrelid) || '_' || child.attname || '_added'
        JOIN pg_trigger removed ON removed.tgname = left(added.tgname, -length('_added')) || '_removed'
        JOIN pg_class parent ON parent.oid = removed.tgrelid AND parent.relnamespace = current_schema()::regnamespace
        WHERE added.tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
        """;
}
