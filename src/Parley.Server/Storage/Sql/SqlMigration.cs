namespace Parley.Server.Storage.Sql;

/// <summary>One step from a version of the schema to the next. A step that was released is never changed.</summary>
/// <param name="Version">The version that the step leads to; the first is 1, and none is left out.</param>
/// <param name="Name">What it does, for the operator.</param>
/// <param name="Statements">The statements, in order, in the words of a dialect.</param>
public sealed record SqlMigration(int Version, string Name, Func<SqlDialect, IReadOnlyList<string>> Statements);
