namespace Parley.Server.Storage;

/// <summary>The words that a room is found by, folded so that neither case nor diacritics count.</summary>
internal static class RoomWords
{
    /// <summary>The most words of a search; further ones are not asked for.</summary>
    public const int MaxSought = 8;

    // A pattern of a database has its limits; nobody types a word that is cut.
    private const int MaxLength = 500;

    /// <summary>All words of a room, with a space between.</summary>
    public static string Of(RoomRow room) => string.Join(' ', SearchWords.Of($"{room.Address.Local} {room.Name} {room.Description}").Select(SearchWords.Folded));

    /// <summary>What has to be found in those.</summary>
    public static IReadOnlyList<string> Sought(string text) =>
        [.. SearchWords.Of(text).Select(SearchWords.Folded).Where(static word => word.Length > 0).Distinct(StringComparer.Ordinal).Take(MaxSought).Select(Cut)];

    private static string Cut(string word) =>
        word.Length <= MaxLength ? word : word[..(char.IsHighSurrogate(word[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
}
