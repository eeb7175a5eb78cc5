using System.CommandLine;

namespace Parley.Host.Commands;

/// <summary><c>parley version</c>.</summary>
internal static class VersionCommand
{
    internal static Command Create()
    {
        var command = new Command("version", "Print the version.");
        command.SetAction(result => result.InvocationConfiguration.Output.WriteLine($"parley {ProductVersion.Text}"));
        return command;
    }
}
