namespace Parley.Protocol.Tests.Xml;

/// <summary>The seeds of the fuzzer, which are good samples, too.</summary>
internal static class Corpus
{
    internal static IEnumerable<byte[]> Entries { get; } =
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "corpus"), "*.xml").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
}
