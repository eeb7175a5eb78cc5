namespace Parley.Server.Storage.Sql;

/// <summary>How far a copy is with one table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Rows">How many of its rows were copied.</param>
/// <param name="Total">How many it has.</param>
public readonly record struct SqlCopyProgress(string Table, long Rows, long Total);
