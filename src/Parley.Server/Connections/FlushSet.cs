using System.Buffers;

namespace Parley.Server.Connections;

/// <summary>The connections that a batch of stanzas wrote to: each is flushed once, when the batch is done.</summary>
/// <remarks>
/// Filled by one logical thread at a time, the read loop of a connection or the one event that made it; flushed by another, too:
/// while a stanza waits for the storage, the read loop flushes what those before it wrote.
/// </remarks>
public sealed class FlushSet
{
    private const int KeptCapacity = 16;
    private const int MaxUnflushedBytes = 32 * 1024;
    private readonly Lock _gate = new();
    private OutputQueue[] _targets = [];
    private int _count;
    private OutputQueue? _congested;

    /// <summary>Notes that <paramref name="target"/> was written to.</summary>
    public void Add(OutputQueue target)
    {
        lock (_gate)
        {
            for (var i = _count - 1; i >= 0 && i >= _count - KeptCapacity; i--)
            {
                if (ReferenceEquals(_targets[i], target))
                {
                    return;
                }
            }

            if (_count == _targets.Length)
            {
                Grow();
            }

            _targets[_count++] = target;
        }
    }

    // A few are kept; those of a large room are borrowed.
    private void Grow()
    {
        var larger = _count < KeptCapacity ? new OutputQueue[Math.Max(2, _count * 2)] : ArrayPool<OutputQueue>.Shared.Rent(_count * 2);
        _targets.AsSpan(0, _count).CopyTo(larger);
        Return(_targets, _count);
        _targets = larger;
    }

    private static void Return(OutputQueue[] targets, int count)
    {
        if (targets.Length > KeptCapacity)
        {
            targets.AsSpan(0, count).Clear();
            ArrayPool<OutputQueue>.Shared.Return(targets);
        }
    }

    /// <summary>Notes a target that a stanza was written to. One for which much waits is flushed at once; where too much does already, the batch waits for it.</summary>
    /// <param name="target">The target.</param>
    /// <param name="isSwept">Whether somebody else flushes it soon, as long as little waits.</param>
    internal void NoteWritten(OutputQueue target, bool isSwept = false)
    {
        if (target.PendingCount < MaxUnflushedBytes)
        {
            if (!isSwept)
            {
                Add(target);
            }

            return;
        }

        // What a long batch writes must not add up to what only a peer that does not read may have waiting.
        target.Flush();
        if (target.IsCongested)
        {
            Volatile.Write(ref _congested, target);
        }
    }

    /// <summary>Whether there is such a target.</summary>
    internal bool HasCongested => Volatile.Read(ref _congested) is not null;

    /// <summary>Waits for the last such target, if there was one since the last time, to take what waits; everything is flushed before.</summary>
    internal ValueTask RelieveAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (!HasCongested || Interlocked.Exchange(ref _congested, null) is not { } congested)
        {
            return ValueTask.CompletedTask;
        }

        Flush();
        return new(congested.RelieveAsync(time, cancellationToken));
    }

    /// <summary>Flushes every target and forgets them.</summary>
    public void Flush()
    {
        OutputQueue[] targets;
        int count;
        lock (_gate)
        {
            if (_count == 0)
            {
                return;
            }

            (targets, count) = (_targets, _count);
            (_targets, _count) = ([], 0);
        }

        foreach (var target in targets.AsSpan(0, count))
        {
            target.Flush();
        }

        if (targets.Length > KeptCapacity)
        {
            Return(targets, count);
        }
        else
        {
            Array.Clear(targets);
            lock (_gate)
            {
                if (_targets.Length == 0)
                {
                    _targets = targets;
                }
            }
        }
    }
}
