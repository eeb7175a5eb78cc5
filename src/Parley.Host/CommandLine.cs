using System.CommandLine;
using System.CommandLine.Help;
using Microsoft.Extensions.Options;
using Parley.Host.Commands;
using Parley.Host.Configuration;
using Parley.Server.Connections;
using Parley.Server.Storage;

namespace Parley.Host;

/// <summary>The commands, and what becomes of those that fail: one line for each problem, and an exit code.</summary>
internal static class CommandLine
{
    internal static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Parley, a chat server that speaks XMPP. Begin with 'parley serve'.")
        {
            ServeCommand.Create(),
            UserCommand.Create(),
            StoreCommand.Create(),
            DoctorCommand.Create(),
            VersionCommand.Create(),
        };
        root.Options.OfType<VersionOption>().Single().Action = new VersionCommand.PrintVersion();
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new OptionalArgumentHelp((HelpAction)help.Action!);

        // A password may begin with '@': no files of arguments.
        var result = root.Parse(args is [] ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is not OptionalArgumentHelp && UsageError.Describe(result, args) is { } problem)
        {
            return Fail(ExitCode.Usage, [problem]);
        }

        try
        {
            // The host handles signals itself.
            return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (ConfigurationException e)
        {
            return Fail(ExitCode.Usage, e.Problems);
        }
        catch (OptionsValidationException e)
        {
            return Fail(ExitCode.Usage, e.Failures.Select(Setting.Named));
        }
        catch (CommandException e)
        {
            return Fail(e.ExitCode, [e.Message]);
        }
        catch (CertificateFileException e)
        {
            return Fail(ExitCode.Usage, [$"{Setting.Name(nameof(HostSettings.Certificates))}: {e.Message}"]);
        }
        catch (StorageException e)
        {
            return Fail(ExitCode.Failure, [$"{Reason(e)} The store is chosen with {Setting.Name(nameof(HostSettings.Store))}, the data directory with {Setting.Name(nameof(HostSettings.Data))}."]);
        }
        catch (Exception e) when (e is System.Data.Common.DbException or IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCode.Failure, [$"{e.Message.ReplaceLineEndings(" ")} The data directory is chosen with {Setting.Name(nameof(HostSettings.Data))}."]);
        }
    }

    // What failed says less than why.
    private static string Reason(StorageException e) => (e.InnerException as StorageException ?? e).Message.ReplaceLineEndings(" ");

    private static int Fail(int exitCode, IEnumerable<string> problems)
    {
        foreach (var problem in problems)
        {
            Console.Error.WriteLine($"parley: {problem}");
        }

        return exitCode;
    }
}
