namespace Parley.Server.Connections;

/// <content>Stream management (XEP-0198): what is kept until the client has acknowledged it.</content>
public sealed partial class OutputQueue
{
    // Where the last element lies that a newer one may replace, while it waits.
    private int _latestStart;
    private int _latestEnd = -1;

    // Whether a stanza has been taken since the last write began: those that come until the next one leave with it.
    private bool _hasMoment;

    /// <summary>Keeps and counts every stanza from here on, behind the answer that says so.</summary>
    internal void Manage(UnacknowledgedStanzas unacknowledged, ReadOnlySpan<byte> answer)
    {
        lock (_gate)
        {
            _framing.WriteElement(_pending, answer);
            _unacknowledged = unacknowledged;
        }
    }

    /// <summary>Keeps and counts nothing any more: the peer does not either. What the sink may not have taken is remembered until it has, as without stream management.</summary>
    internal void Unmanage()
    {
        lock (_gate)
        {
            var kept = _unacknowledged?.TakeAll().Where(sent => IsGivenBack(sent.Stanza)) ?? [];
            _unacknowledged = null;
            if (!_pending.IsEmpty)
            {
                // The last of them is there: with the next write all are taken.
                (_waiting ??= []).AddRange(kept);
            }
            else if (_flushing)
            {
                (_underWay ??= []).AddRange(kept);
            }
        }
    }

    /// <summary>The bytes of stanzas that were not acknowledged; not to the stanza while others write.</summary>
    internal int UnacknowledgedBytes => _unacknowledged?.Bytes ?? 0;

    /// <summary>How many stanzas were sent, as XEP-0198 counts.</summary>
    internal uint SentCount
    {
        get
        {
            lock (_gate)
            {
                return _unacknowledged?.Sent ?? 0;
            }
        }
    }

    /// <summary>Queues an element that says what the one before it said, only newer: while that is the last that waits, this takes its place.</summary>
    internal void WriteLatest(ReadOnlySpan<byte> element)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            if (_latestEnd == _pending.Count)
            {
                _pending.Truncate(_latestStart);
            }

            _latestStart = _pending.Count;
            _framing.WriteElement(_pending, element);
            _latestEnd = _pending.Count;
        }
    }

    /// <summary>The client has handled this many stanzas; false when it was not sent as many. One that is behind the last one changes nothing.</summary>
    internal bool TryAcknowledge(uint handled, out uint sent)
    {
        lock (_gate)
        {
            sent = _unacknowledged?.Sent ?? 0;
            return _unacknowledged is { } unacknowledged && (unacknowledged.IsBehind(handled) || unacknowledged.TryAcknowledge(handled));
        }
    }

    /// <summary>Asks for an acknowledgement of what nobody has asked for yet.</summary>
    internal void RequestAcknowledgement()
    {
        lock (_gate)
        {
            if (_unacknowledged is not { HasUnasked: true } || _parked || _broken || _closed)
            {
                return;
            }

            WriteRequest(_unacknowledged);
        }

        Flush();
    }

    /// <summary>The bytes that the client has not acknowledged or, without stream management, that are waiting.</summary>
    internal int OutstandingCount
    {
        get
        {
            lock (_gate)
            {
                return _unacknowledged?.Bytes ?? _pending.Size;
            }
        }
    }

    /// <summary>Since when the client owes an answer to a request, as a timestamp; null when it does not.</summary>
    internal long? RequestedAt
    {
        get
        {
            lock (_gate)
            {
                return _unacknowledged?.RequestedAt;
            }
        }
    }

    /// <summary>Flushes, and waits until the client has acknowledged what it was sent, or, without stream management, until the transport has taken it. False when that will not happen any more.</summary>
    public Task<bool> HandedOverAsync()
    {
        Task<bool>? acknowledged = null;
        lock (_gate)
        {
            if (_successor is null && _unacknowledged is { } unacknowledged)
            {
                acknowledged = _closed ? Task.FromResult(false) : unacknowledged.AcknowledgedAsync();
            }
        }

        if (_successor is { } successor)
        {
            return successor.HandedOverAsync();
        }

        if (acknowledged is null)
        {
            return DrainAsync();
        }

        Flush();
        RequestAcknowledgement();
        return acknowledged;
    }

    /// <summary>Moves what is not acknowledged into a queue without a connection; whatever is written from now on is kept there.</summary>
    /// <param name="whenFull">Called when more waits there than may.</param>
    /// <returns>Null, and nothing has happened, when the limit was hit, or something has not left that was sent before stream management: it would not be sent again.</returns>
    internal OutputQueue? Park(Action whenFull)
    {
        var parked = Parked(null, _limit, whenFull);
        lock (_gate)
        {
            if (Overflowed || HasUncounted(_underWay) || HasUncounted(_waiting) || _unconfirmed?.Any(static left => HasUncounted(left.Messages)) == true)
            {
                return null;
            }

            parked._unacknowledged = _unacknowledged;
            _unacknowledged = null;
            _successor = parked;
        }

        return parked;
    }

    /// <summary>A queue without a connection for what was kept while the server was down.</summary>
    internal static OutputQueue Parked(UnacknowledgedStanzas? unacknowledged, int limit, Action whenFull) =>
        new(NoSink.Instance, limit, whenFull) { _parked = true, _unacknowledged = unacknowledged };

    /// <summary>Has a new connection's queue take over: first the client's count is applied, then the answer is written, then everything that it has not handled.</summary>
    /// <returns>False, and nothing has happened, when the client claims to have handled more than it was sent.</returns>
    internal bool MoveTo(OutputQueue successor, uint handled, ReadOnlySpan<byte> answer, out uint sent)
    {
        lock (_gate)
        {
            var unacknowledged = _unacknowledged!;
            sent = unacknowledged.Sent;
            if (!unacknowledged.TryAcknowledge(handled))
            {
                return false;
            }

            lock (successor._gate)
            {
                successor._framing.WriteElement(successor._pending, answer);
                foreach (var stanza in unacknowledged.Stanzas)
                {
                    successor._pending.Add(successor._framing, stanza.Stanza, stanza.From, stanza.To);
                }

                unacknowledged.SentAgain();
                if (unacknowledged.Count > 0)
                {
                    successor.WriteRequest(unacknowledged);
                }

                successor._unacknowledged = unacknowledged;

                // A connection that broke before: what comes is kept, as on any that breaks later.
                successor._closed = false;
            }

            _unacknowledged = null;
            _successor = successor;
        }

        return true;
    }

    /// <summary>What is kept, for a state that is saved.</summary>
    internal (uint Acknowledged, SentStanza[] Stanzas) Kept()
    {
        lock (_gate)
        {
            return (_unacknowledged!.Acknowledged, [.. _unacknowledged.Stanzas]);
        }
    }

    // Behind a write that is under way, or without one to come, the next may come much later.
    private bool IsSameMoment()
    {
        var isSame = _hasMoment && !_flushing && !_broken && !_parked;
        _hasMoment = true;
        return isSame;
    }

    private static bool HasUncounted(List<SentStanza>? messages) => messages?.Exists(static sent => sent.Fallback != Fallback.None) == true;

    private sealed class NoSink : IByteSink
    {
        internal static readonly NoSink Instance = new();

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
