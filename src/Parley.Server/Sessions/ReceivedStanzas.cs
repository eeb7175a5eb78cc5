namespace Parley.Server.Sessions;

/// <summary>The stanzas that a client sent, counted in their order: one counts as handled when it, and all before it, are routed and what of them must be durable is (XEP-0198 §4).</summary>
/// <remarks>
/// One logical thread receives; commits end on any. So that a client which sends faster than the store commits is slowed down, it is read no further
/// while <see cref="Limit"/> stanzas wait for their commits. Those that wait for another client to take what comes before them do not count for that:
/// nobody is to be stopped by a stranger, or by an acknowledgement of its own that cannot be read any more. Of all that are open there may be <see cref="OpenLimit"/>.
/// </remarks>
internal sealed class ReceivedStanzas
{
    /// <summary>How many stanzas of one session may wait for their commits.</summary>
    internal const int Limit = 64;

    /// <summary>How many stanzas of one session may be open: waiting themselves, or only behind others.</summary>
    internal const int OpenLimit = 4096;

    private readonly Lock _gate = new();

    // Those that are not handled yet, oldest first: true once a stanza itself is, and only waits for those before it.
    private readonly Queue<Entry> _open = new();
    private Entry? _current;
    private int _committing;
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

    /// <summary>Whether all that were received before the one at hand are handled; for the thread that receives.</summary>
    internal bool IsSettled => _open.Count == 0;

    /// <summary>Whether no more should be received now.</summary>
    internal bool IsFull => Volatile.Read(ref _committing) >= Limit || _open.Count >= OpenLimit;

    /// <summary>Called with the new number when more are handled than before and somebody may wait for it; quick, from any thread.</summary>
    internal Action<long>? Advanced { get; set; }

    /// <summary>A stanza is about to be handled.</summary>
    internal void Begin() => _current = null;

    /// <summary>The stanza that is being handled is not, before <paramref name="commit"/> has ended; that throws nothing.</summary>
    /// <param name="commit">What has to end.</param>
    /// <param name="isForRecipient">Whether that waits for another client, and not for the store alone.</param>
    internal void Until(ValueTask commit, bool isForRecipient)
    {
        var entry = _current ??= new Entry();
        lock (_gate)
        {
            entry.Commits++;
            _committing += isForRecipient ? 0 : 1;
        }

        _ = WaitAsync(commit, entry, isForRecipient);
    }

    /// <summary>The stanza has been routed.</summary>
    internal void End()
    {
        // Only this thread adds to those that are open: where none is, none comes, and nobody waits.
        if (_current is null && _open.Count == 0)
        {
            Volatile.Write(ref _received, _received + 1);
            return;
        }

        long handled;
        lock (_gate)
        {
            _received++;
            _open.Enqueue(_current ?? new Entry());
            handled = Settle();
        }

        Advanced?.Invoke(handled);
    }

    /// <summary>Waits until another stanza may be received.</summary>
    internal ValueTask RoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return !IsFull
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

    private async Task WaitAsync(ValueTask commit, Entry entry, bool isForRecipient)
    {
        await commit;
        long handled;
        lock (_gate)
        {
            entry.Commits--;
            _committing -= isForRecipient ? 0 : 1;
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

        if (!IsFull)
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
