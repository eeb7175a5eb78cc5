namespace Parley.Host;

/// <summary>What the process tells whoever started it.</summary>
internal static class ExitCode
{
    internal const int Success = 0;

    /// <summary>It was understood and could not be done.</summary>
    internal const int Failure = 1;

    /// <summary>It was not understood: a command, an option, or a key of the configuration is wrong.</summary>
    internal const int Usage = 2;
}
