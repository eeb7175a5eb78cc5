using Parley.Interop.Tests.Process;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>A server that others wrote, as one process that stays in the foreground.</summary>
internal abstract class ForeignServer(ServerSetup setup) : TestedServer(setup)
{
    private RunningProgram? _program;

    internal override string Transcript => _program?.Transcript ?? "";

    internal override async Task StartAsync(CancellationToken cancellationToken)
    {
        _program = Run();
        await IsUpAsync(_program, cancellationToken);
    }

    internal override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _program!.SignalAsync("TERM");
        await _program.EndAsync(cancellationToken);
        await DisposeAsync();
    }

    internal override async Task KillAsync()
    {
        await _program!.KillAsync();
        await DisposeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_program is { } program)
        {
            _program = null;
            await program.DisposeAsync();
        }
    }

    /// <summary>Writes its configuration and starts the process; skips the test where it is not installed.</summary>
    private protected abstract RunningProgram Run();

    /// <summary>Waits until it listens.</summary>
    private protected abstract Task IsUpAsync(RunningProgram program, CancellationToken cancellationToken);
}
