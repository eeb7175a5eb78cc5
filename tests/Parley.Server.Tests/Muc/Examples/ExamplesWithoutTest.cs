namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 that no test shows, each with the reason. docs/rooms.md has the same list.</summary>
internal static class ExamplesWithoutTest
{
    internal static IReadOnlyDictionary<int, string> Reasons { get; } = new Dictionary<int, string>
    {
        [34] = "The address of who spoke (ofrom) is optional in history: those who may see it see it in the archive.",
        [86] = "What a client shows to its user.",
        [158] = "There are always options to configure.",
        [208] = "An address that a client opens; what it then sends is example 209.",
        [210] = "An address that a client opens; what it then sends is example 211.",
        [212] = "An address that a client opens; what it then sends is example 213.",
        [214] = "An address that a client opens; what it then sends is example 215.",
        [216] = "An address that a client opens; what it then sends is example 217.",
        [219] = "Rooms let all namespaces pass, so that the answer is that of example 220.",
    };
}
