using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>Which foreign clients this machine has; a test whose client is missing is skipped, and says which.</summary>
internal static class ForeignClients
{
    /// <summary>The path of a program.</summary>
    internal static string Find(string program)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{program} is not installed.");
        return path;
    }

    /// <summary>A Python that has the library: Debian's own, which has Debian's packages, before any other.</summary>
    internal static async Task<string> PythonAsync(string library, CancellationToken cancellationToken)
    {
        foreach (var python in (string[])["/usr/bin/python3", "python3"])
        {
            if (python[0] == '/' && !File.Exists(python))
            {
                continue;
            }

            await using var probe = RunningProgram.Start(python[0] == '/' ? python : Find(python), ["-c", $"import {library}"]);
            if ((await probe.EndAsync(cancellationToken)).ExitCode == 0)
            {
                return python;
            }
        }

        Assert.Skip($"Python's {library} is not installed.");
        return "";
    }

    /// <summary>The flow went through exactly these steps, each with success.</summary>
    internal static async Task AssertStepsAsync(RunningProgram flow, IEnumerable<string> steps, CancellationToken cancellationToken)
    {
        var (exitCode, lines) = await flow.EndAsync(cancellationToken);
        Assert.True(lines.SequenceEqual(steps.Select(static step => $"ok {step}")) && exitCode == 0, $"Exit code {exitCode}:\n{flow.Transcript}");
    }
}
