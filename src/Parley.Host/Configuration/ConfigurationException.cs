namespace Parley.Host.Configuration;

/// <summary>What was asked for cannot be: each problem is a line that names the key and what it takes.</summary>
internal sealed class ConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    internal ConfigurationException(string problem)
        : this([problem])
    {
    }

    internal IReadOnlyList<string> Problems { get; } = problems;
}
