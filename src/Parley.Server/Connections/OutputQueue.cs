using System.Buffers;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Connections;

/// <summary>The bytes that wait for one connection, written by any thread, flushed by one at a time.</summary>
/// <remarks>
/// Bounded: a receiver that does not read lets the queue grow to its limit, is then cut off (<see cref="Overflowed"/>), and the
/// messages that were not handed to its socket are given back (<see cref="TakeUndelivered"/>). Before it comes to that, whoever writes much
/// is to wait (<see cref="IsCongested"/>, <see cref="RelieveAsync"/>): a receiver that does read is not cut off because somebody writes faster.
/// </remarks>
public sealed class OutputQueue(IByteSink sink, int limit, Action overflowed)
{
    private const int KeptCapacity = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly int _congestion = limit / 16;
    private readonly Lock _gate = new();
    private readonly PendingBytes _pending = new();
    private List<Addressed>? _waiting;
    private List<Addressed>? _underWay;
    private TaskCompletionSource<bool>? _drained;
    private TaskCompletionSource? _relieved;
    private bool _flushing;
    private bool _closed;
    private bool _broken;

    // Somebody has waited in vain, and nothing has been taken since.
    private bool _isStuck;

    /// <summary>The bytes that are waiting; a figure for meters.</summary>
    public int PendingCount => _pending.Count;

    /// <summary>Whether the limit was hit.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Whether a sixteenth of what may wait does, and the receiver still takes something now and then.</summary>
    public bool IsCongested => _pending.Count > _congestion && !_isStuck;

    /// <summary>Queues a stanza; it leaves with the next flush. False when the connection takes nothing more.</summary>
    public bool Write(Stanza stanza, Jid? from, Jid? to)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            if (stanza.Kind == StanzaKind.Message)
            {
                // Remembered until the sink has taken it: from then on it is the transport's.
                (_waiting ??= []).Add(new Addressed(stanza, from, to));
            }

            // What waits counts, not what comes: a single answer may be larger than the limit.
            if (_pending.Count <= limit)
            {
                stanza.WriteTo(_pending, from, to);
                return true;
            }

            _closed = _broken = true;
            Overflowed = true;
            Relieve();
        }

        overflowed();
        return true;
    }

    /// <summary>Queues bytes of the stream itself: headers, features, answers that are no stanzas.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _pending.Write(bytes);
            }
        }
    }

    /// <summary>Sends what waits. Returns at once when another flush is under way, which then sends this too.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_flushing || _broken || _pending.Count == 0)
            {
                return;
            }

            _flushing = true;
        }

        while (TakeNext() is { Count: > 0 } next)
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

    /// <summary>Takes nothing more from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }

    /// <summary>The messages that were accepted and never reached the socket; call after <see cref="Close"/>.</summary>
    public IReadOnlyList<Stanza> TakeUndelivered()
    {
        lock (_gate)
        {
            List<Stanza> undelivered = [.. Stanzas(_underWay), .. Stanzas(_waiting)];
            _underWay = _waiting = null;
            return undelivered;
        }

        static IEnumerable<Stanza> Stanzas(List<Addressed>? list) =>
            (list ?? []).Select(static message => message.To is null ? message.Stanza : message.Stanza.WithAddresses(message.From, message.To));
    }

    private (byte[] Array, int Count) TakeNext()
    {
        lock (_gate)
        {
            _isStuck = false;
            Relieve();

            // What was under way has been taken. A list that grew is not kept.
            _underWay?.Clear();
            if (_underWay?.Capacity > KeptCapacity)
            {
                _underWay = null;
            }

            if (_broken || _pending.Count == 0)
            {
                _flushing = false;
                (_waiting, _underWay) = (_waiting ?? _underWay, null);
                _drained?.TrySetResult(!_broken);
                _drained = null;
                return default;
            }

            (_underWay, _waiting) = (_waiting, _underWay);
            return _pending.Take();
        }
    }

    private ValueTask WriteOut((byte[] Array, int Count) next)
    {
        try
        {
            return sink.WriteAsync(next.Array.AsMemory(0, next.Count), CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
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
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The connection is gone; its read loop sees that and ends the session. The array may still be in use: it is not returned.
            lock (_gate)
            {
                _closed = _broken = true;
                Relieve();
                _drained?.TrySetResult(false);
                _drained = null;
            }
        }
    }

    private void Relieve()
    {
        _relieved?.TrySetResult();
        _relieved = null;
    }

    private readonly record struct Addressed(Stanza Stanza, Jid? From, Jid? To);
}
