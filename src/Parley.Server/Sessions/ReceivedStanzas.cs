namespace Parley.Server.Sessions;

/// <summary>The stanzas that a client sent, counted in their order: one counts as handled when it, and all before it, are routed and what of them must be durable is (XEP-0198 §4).</summary>
/// <remarks>
/// One logical thread receives; commits end on any. So that a client which sends faster than the store commits is slowed down, it is read no further
/// while <see cref="Limit"/> stanzas wait for their commits.
/// </remarks>
internal sealed class ReceivedStanzas
{
    /// <summary>How many stanzas of one session may wait for their commits.</summary>
    internal const int Limit = 64;

    private readonly Lock _gate = new();

    // Those that are not handled yet, oldest first: true once a stanza itself is, and only waits for those before it.
    private readonly Queue<Entry> _open = new();
    private Entry? _current;
    private long _received;
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _settled;

    /// <summary>How many are handled, counted without end.</summary>
    internal long Handled
    {
        get
        {
            lock (_gate)
            {
                return _received - _open.Count;
            }
        }
    }

    /// <summary>How many were received.</summary>
    internal long Count => Volatile.Read(ref _received);

    /// <summary>Whether all that were received before the one at hand are handled.</summary>
    internal bool IsSettled => _open.Count == 0;

    /// <summary>Whether no more should be received now.</summary>
    internal bool IsFull => _open.Count >= Limit;

    /// <summary>Called with the new number when more are handled than before and somebody may wait for it; quick, from any thread.</summary>
    internal Action<long>? Advanced { get; set; }

    /// <summary>A stanza is about to be handled.</summary>
    internal void Begin() => _current = null;

    /// <summary>The stanza that is being handled is not, before <paramref name="commit"/> has ended; that throws nothing.</summary>
    internal void Until(ValueTask commit)
    {
        var entry = _current ??= new Entry();
        lock (_gate)
        {
            entry.Commits++;
        }

        _ = WaitAsync(commit, entry);
    }

    /// <summary>The stanza has been routed.</summary>
    internal void End()
    {
        long handled;
        lock (_gate)
        {
            _received++;
            if (_current is null && _open.Count == 0)
            {
                handled = _received;
            }
            else
            {
                _open.Enqueue(_current ?? new Entry());
                handled = Settle();
            }
        }

        Advanced?.Invoke(handled);
    }

    /// <summary>Waits until another stanza may be received.</summary>
    internal ValueTask RoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _open.Count < Limit
                ? ValueTask.CompletedTask
                : new((_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(cancellationToken));
        }
    }

    /// <summary>Waits until everything received so far is handled.</summary>
    internal ValueTask SettledAsync()
    {
        lock (_gate)
        {
            return _open.Count == 0
                ? ValueTask.CompletedTask
                : new((_settled ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task);
        }
    }

    private async Task WaitAsync(ValueTask commit, Entry entry)
    {
        await commit;
        long handled;
        lock (_gate)
        {
            entry.Commits--;
            handled = Settle();
        }

        Advanced?.Invoke(handled);
    }

    private long Settle()
    {
        while (_open.TryPeek(out var oldest) && oldest.Commits == 0)
        {
            _open.Dequeue();
        }

        if (_open.Count < Limit)
        {
            _room?.TrySetResult();
            _room = null;
        }

        if (_open.Count == 0)
        {
            _settled?.TrySetResult();
            _settled = null;
        }

        return _received - _open.Count;
    }

    private sealed class Entry
    {
        internal int Commits;
    }
}
