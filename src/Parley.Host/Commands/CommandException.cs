namespace Parley.Host.Commands;

/// <summary>A command that cannot be done: one line, and what the process exits with.</summary>
internal sealed class CommandException(int exitCode, string line) : Exception(line)
{
    internal int ExitCode { get; } = exitCode;
}
