using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Xunit;

namespace Parley.Interop.Tests.Process;

/// <summary>A program that a test has started: what it says line by line, and its end. Disposing kills it.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly System.Diagnostics.Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Channel<string> _errorLines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _transcript = new();
    private readonly Task _output;
    private readonly Task _errors;

    private RunningProgram(System.Diagnostics.Process process)
    {
        _process = process;
        _output = PumpAsync(process.StandardOutput, _lines.Writer);
        _errors = PumpAsync(process.StandardError, _errorLines.Writer);
    }

    /// <summary>The program's process id.</summary>
    internal int Id => _process.Id;

    /// <summary>All it has said, for failures.</summary>
    internal string Transcript
    {
        get
        {
            lock (_transcript)
            {
                return _transcript.ToString();
            }
        }
    }

    internal static RunningProgram Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new RunningProgram(System.Diagnostics.Process.Start(start)!);
    }

    /// <summary>Writes to the program's standard input and closes it.</summary>
    internal async Task InputAsync(string text, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteAsync(text.AsMemory(), cancellationToken);
        _process.StandardInput.Close();
    }

    /// <summary>Writes a line to the program's standard input.</summary>
    internal async Task WriteLineAsync(string line, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
    }

    /// <summary>The next line that does; those before it are skipped.</summary>
    internal async Task<string> LineAsync(Func<string, bool> does, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken))
            {
                if (does(line))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Waited in vain for a line. The program said:\n{Transcript}");
        }

        await _errors;
        throw new InvalidOperationException($"The program ended without the line that was waited for. It said:\n{Transcript}");
    }

    /// <summary>Waits until a line of its standard error contains a text; those before it are skipped.</summary>
    internal async Task SaysAsync(string text, CancellationToken cancellationToken)
    {
        try
        {
            while (!(await _errorLines.Reader.ReadAsync(cancellationToken)).Contains(text, StringComparison.Ordinal))
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            Assert.Fail($"Waited in vain for '{text}'. The program said:\n{Transcript}");
        }
    }

    /// <summary>Waits for the program's end; its exit code, and the lines of its standard output that nobody has read.</summary>
    internal async Task<(int ExitCode, IReadOnlyList<string> Lines)> EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The program did not end. It said:\n{Transcript}");
        }

        await Task.WhenAll(_output, _errors);
        return (_process.ExitCode, await _lines.Reader.ReadAllAsync(CancellationToken.None).ToListAsync(CancellationToken.None));
    }

    /// <summary>Sends a signal, such as TERM.</summary>
    internal async Task SignalAsync(string name)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{name}", $"{Id}"]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Ends it by SIGKILL: nothing of it runs any more when this returns.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await Task.WhenAll(_output, _errors);
        _process.Dispose();
    }

    private async Task PumpAsync(StreamReader reader, ChannelWriter<string> lines)
    {
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            lock (_transcript)
            {
                _transcript.AppendLine(line);
            }

            lines.TryWrite(line);
        }

        lines.Complete();
    }
}
