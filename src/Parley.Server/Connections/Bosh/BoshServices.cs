using Parley.Server.Sessions;

namespace Parley.Server.Connections.Bosh;

/// <summary>What BOSH sessions share.</summary>
internal sealed class BoshServices(BoshOptions options, ClientStreamServices services)
{
    private long _last;

    internal BoshOptions Options { get; } = options;

    internal BoshBeginners Beginners { get; } = new(options.MaxUnauthenticatedPerAddress);

    internal TimeProvider Time { get; } = services.Time;

    internal WireLog? WireLog { get; } = services.WireLog;

    /// <summary>A name for a session in logs: what the client knows it by opens it to everybody.</summary>
    internal string NextId() => $"bosh-{Interlocked.Increment(ref _last)}";
}
