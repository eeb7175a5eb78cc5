using System.Buffers;

namespace Parley.Server.Connections;

/// <content>What leaves, when, and what becomes of it.</content>
public sealed partial class OutputQueue : IThreadPoolWorkItem
{
    /// <summary>Sends what waits. Returns at once when another flush is under way, which then sends this too.</summary>
    public void Flush()
    {
        if (!TryBegin(out var next))
        {
            return;
        }

        if (_isShared)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }

        WriteOutAll(next);
    }

    /// <summary>For whoever flushes many, one after the other: sends what waits now, and leaves what comes meanwhile to others; whatever goes wrong is the end of this one alone.</summary>
    internal void Sweep()
    {
        try
        {
            if (!TryBegin(out var next))
            {
                return;
            }

            if (next.Count > 0)
            {
                var write = WriteOut(next);
                if (!write.IsCompletedSuccessfully)
                {
                    _ = FinishAsync(write, next.Array);
                    return;
                }

                ArrayPool<byte>.Shared.Return(next.Array);
                if (IsDone())
                {
                    return;
                }
            }

            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch (Exception)
        {
            Break();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            WriteOutAll(TakeNext());
        }
        catch (Exception)
        {
            // Nobody is above a work item: what it throws would end the process.
            Break();
        }
    }

    private bool TryBegin(out (byte[] Array, int Count) next)
    {
        next = default;
        lock (_gate)
        {
            if (_flushing || _broken || _pending.IsEmpty)
            {
                return false;
            }

            _flushing = true;
            if (!_isShared)
            {
                next = TakeNextCore();
            }
        }

        return true;
    }

    // Whether nothing more waits; then the flush is over.
    private bool IsDone()
    {
        lock (_gate)
        {
            if (!_broken && !_pending.IsEmpty)
            {
                return false;
            }

            TakeNextCore();
            return true;
        }
    }

    private void WriteOutAll((byte[] Array, int Count) next)
    {
        for (; next.Count > 0; next = TakeNext())
        {
            var write = WriteOut(next);
            if (!write.IsCompletedSuccessfully)
            {
                _ = FinishAsync(write, next.Array);
                return;
            }

            ArrayPool<byte>.Shared.Return(next.Array);
        }
    }

    /// <summary>Flushes and waits until the sink has taken everything (true), or will take nothing more (false).</summary>
    public Task<bool> DrainAsync()
    {
        Flush();
        lock (_gate)
        {
            return _broken ? Task.FromResult(false)
                : _flushing ? (_drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task
                : Task.FromResult(true);
        }
    }

    /// <summary>Flushes, and waits until what waits is on its way: two seconds at most, and not again before the receiver has taken something.</summary>
    public async Task RelieveAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        Flush();
        Task relieved;
        lock (_gate)
        {
            if (_broken || !_flushing || !IsCongested)
            {
                return;
            }

            relieved = (_relieved ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        try
        {
            await relieved.WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            _isStuck = true;
        }
    }

    private (byte[] Array, int Count) TakeNext()
    {
        lock (_gate)
        {
            return TakeNextCore();
        }
    }

    // What the sink has taken is forgotten, and what waits is next.
    private (byte[] Array, int Count) TakeNextCore()
    {
        _isStuck = false;
        _hasMoment = false;
        _latestEnd = -1;
        Relieve();
        ForgetUnderWay();
        if (_broken || _pending.IsEmpty)
        {
            _flushing = false;
            (_waiting, _underWay) = (_waiting ?? _underWay, null);
            _drained?.TrySetResult(!_broken);
            _drained = null;
            return default;
        }

        (_underWay, _waiting) = (_waiting, _underWay);
        _writes++;
        return _pending.Take();
    }

    // It has been taken: from here on it is the transport's, unless that has to confirm it.
    private void ForgetUnderWay()
    {
        if (AwaitsConfirmation && _underWay?.Count > 0)
        {
            (_unconfirmed ??= new()).Enqueue((_writes, _underWay));
            _underWay = null;
            return;
        }

        // A list that grew is not kept.
        _underWay?.Clear();
        if (_underWay?.Capacity > KeptCapacity)
        {
            _underWay = null;
        }
    }

    private ValueTask WriteOut((byte[] Array, int Count) next)
    {
        try
        {
            return _sink.WriteAsync(next.Array.AsMemory(0, next.Count), CancellationToken.None);
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }

    private async Task FinishAsync(ValueTask write, byte[] array)
    {
        try
        {
            while (true)
            {
                await write;
                ArrayPool<byte>.Shared.Return(array);
                if (TakeNext() is not { Count: > 0 } next)
                {
                    return;
                }

                array = next.Array;
                write = WriteOut(next);
            }
        }
        catch (Exception)
        {
            // The connection is gone; its read loop sees that and ends or parks the session. The array may still be in use: it is not returned.
            Break();
        }
    }

    private void Break()
    {
        lock (_gate)
        {
            _broken = true;
            _closed |= _unacknowledged is null;
            Relieve();
            _drained?.TrySetResult(false);
            _drained = null;
        }
    }

    private void Relieve()
    {
        _relieved?.TrySetResult();
        _relieved = null;
    }
}
