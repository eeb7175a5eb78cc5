using System.Reflection;

namespace Parley.Interop.Tests;

/// <summary>Where the tests find what they start.</summary>
internal static class Repository
{
    internal static string Root { get; } = Metadata("RepositoryRoot");

    internal static string Tests { get; } = Path.Combine(Root, "tests", "Parley.Interop.Tests");

    /// <summary>The server as it was built together with these tests.</summary>
    internal static string Parley { get; } =
        Path.Combine(Root, "src", "Parley.Host", "bin", Metadata("Configuration"), Metadata("Framework"), "parley.dll");

    /// <summary>The sample of that name, as it was built together with these tests.</summary>
    internal static string Sample(string name) =>
        Path.Combine(Root, "samples", name, "bin", Metadata("Configuration"), Metadata("Framework"), $"{name}.dll");

    private static string Metadata(string key) => typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}
