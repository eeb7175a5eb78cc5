namespace Parley.Fuzz;

/// <summary>What is fuzzed.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Check">Returns null for an input that breaks nothing, or what is broken.</param>
public sealed record Target(string Name, Func<byte[], string?> Check);
