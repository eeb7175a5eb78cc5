namespace Parley.Load.Archives;

/// <summary>A page of an archive as the server sent it.</summary>
/// <param name="Results">The messages around each result, oldest first.</param>
/// <param name="First">The archive's id of the first result; null where the page is empty.</param>
/// <param name="Count">How many results the whole query has; null where the server does not tell.</param>
internal sealed record HistoryPage(IReadOnlyList<string> Results, string? First, long? Count);
