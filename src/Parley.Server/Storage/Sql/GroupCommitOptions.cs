namespace Parley.Server.Storage.Sql;

/// <summary>The bounds of a <see cref="GroupCommitWriter"/>.</summary>
public sealed record GroupCommitOptions
{
    /// <summary>The most writes in one transaction; 4,096 by default, some tens of milliseconds of work.</summary>
    public int MaxBatch { get; init; } = 4096;

    /// <summary>The most writes in the queue; 16,384 by default. A caller beyond it waits in line for a place.</summary>
    public int MaxQueued { get; init; } = 16384;

    /// <summary>The most bytes in the queue, as the callers state them; 32 MiB by default. A write larger than this enters when the queue is empty.</summary>
    public long MaxQueuedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>The most callers in line for a place in the queue; 65,536 by default. One beyond it is refused with <see cref="StorageOverloadedException"/>.</summary>
    public int MaxWaiting { get; init; } = 65536;

    /// <summary>How long a write that nobody waits for may be kept back for others to share its transaction; a second by default.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);
}
