using System.CommandLine;
using System.CommandLine.Invocation;

namespace Parley.Host.Commands;

/// <summary><c>parley version</c>, and <c>parley --version</c>.</summary>
internal static class VersionCommand
{
    internal static Command Create() => new("version", "Print the version.") { Action = new PrintVersion() };

    internal sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"parley {ProductVersion.Text}");
            return ExitCode.Success;
        }
    }
}
