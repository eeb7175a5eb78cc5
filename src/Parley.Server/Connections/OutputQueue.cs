using System.Buffers;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Server.Connections.Tcp;

namespace Parley.Server.Connections;

/// <summary>The bytes that wait for one connection, written by any thread, flushed by one at a time.</summary>
/// <remarks>
/// Bounded: a receiver that does not read lets the queue grow to its limit, and as much again may be on its way; it is then cut off (<see cref="Overflowed"/>), and the
/// messages that were not handed to its socket are given back (<see cref="TakeUndelivered"/>). Before it comes to that, whoever writes much
/// is to wait (<see cref="IsCongested"/>, <see cref="RelieveAsync"/>): a receiver that does read is not cut off because somebody writes faster.
/// Under stream management (<see cref="Manage"/>) every stanza is kept until the client has acknowledged it, within the same limit; what is kept moves
/// to another queue when the connection is lost (<see cref="Park"/>) or another takes its place (<see cref="MoveTo"/>), and whoever still writes here writes there.
/// </remarks>
public sealed partial class OutputQueue
{
    private const int KeptCapacity = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly byte[] Request = "<r xmlns='urn:xmpp:sm:3'/>"u8.ToArray();
    private readonly IByteSink _sink;
    private readonly StreamFraming _framing;
    private readonly int _limit;
    private readonly Action _whenFull;
    private readonly Lock _gate = new();
    private readonly PendingBytes _pending = new();
    private List<SentStanza>? _waiting;
    private List<SentStanza>? _underWay;

    // What the sink took and the receiver may not have, by the write that it left with: only where the sink confirms.
    private Queue<(long Write, List<SentStanza> Messages)>? _unconfirmed;
    private long _writes;
    private UnacknowledgedStanzas? _unacknowledged;
    private OutputQueue? _successor;
    private TaskCompletionSource<bool>? _drained;
    private TaskCompletionSource? _relieved;
    private bool _flushing;
    private bool _closed;
    private bool _broken;
    private bool _parked;
    private readonly bool _isShared;

    // What was taken after the limit was hit.
    private int _beyond;

    // Somebody has waited in vain, and nothing has been taken since.
    private bool _isStuck;

    /// <summary>A queue of a stream over TCP.</summary>
    public OutputQueue(IByteSink sink, int limit, Action whenFull)
        : this(sink, TcpFraming.Client, limit, whenFull)
    {
    }

    /// <param name="sink">Where the bytes go.</param>
    /// <param name="framing">How elements are set apart on it.</param>
    /// <param name="limit">Bytes that may wait.</param>
    /// <param name="whenFull">Called when the limit is hit.</param>
    /// <param name="isShared">
    /// Whether a domain is behind it, another server's or a component's, and not one user. Then not only messages are given back, but whatever is answered with an error when it
    /// does not arrive; and a flush takes its turn behind other work, so that what many write meanwhile leaves together.
    /// </param>
    internal OutputQueue(IByteSink sink, StreamFraming framing, int limit, Action whenFull, bool isShared = false) =>
        (_sink, _framing, _limit, _whenFull, _isShared) = (sink, framing, limit, whenFull, isShared);

    /// <summary>The bytes that are waiting; a figure for meters.</summary>
    public int PendingCount => _pending.Size;

    /// <summary>Whether the limit was hit.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Whether a sixteenth of what may wait does, and the receiver still takes something now and then.</summary>
    public bool IsCongested => _pending.Size > _limit / 16 && !_isStuck;

    /// <summary>Queues a stanza; it leaves with the next flush.</summary>
    /// <returns>The queue that took it, to be flushed; null when the connection takes nothing more.</returns>
    public OutputQueue? Write(Stanza stanza, Jid? from, Jid? to, Fallback fallback = Fallback.Redeliver)
    {
        OutputQueue? successor;
        lock (_gate)
        {
            successor = _successor;
            if (successor is null)
            {
                if (_closed)
                {
                    return null;
                }

                if (TryTake(stanza, from, to, fallback))
                {
                    return this;
                }

                // What still comes until the session has ended is kept with the rest, so that all of it finds another end in its order.
                Overflowed = _broken = true;
                Relieve();
            }
        }

        if (successor is not null)
        {
            return successor.Write(stanza, from, to, fallback);
        }

        _whenFull();
        return this;
    }

    // What waits counts, not what comes: a single answer may be larger than the limit.
    private bool TryTake(Stanza stanza, Jid? from, Jid? to, Fallback fallback)
    {
        var isTooMuch = !Overflowed && _pending.Size > _limit;
        if (Overflowed && (_beyond += stanza.Size) > _limit)
        {
            _closed = true;
        }

        if (_unacknowledged is { } unacknowledged)
        {
            isTooMuch |= !Overflowed && unacknowledged.Bytes > _limit;
            unacknowledged.Add(stanza, from, to, fallback, IsSameMoment());
        }
        else if (fallback != Fallback.None && IsGivenBack(stanza))
        {
            // Remembered until the sink has taken it: from then on it is the transport's.
            (_waiting ??= []).Add(new SentStanza(stanza, from, to, fallback, default));
        }

        if (isTooMuch)
        {
            return false;
        }

        if (!_parked && !_broken)
        {
            _pending.Add(_framing, stanza, from, to);
            if (_unacknowledged?.IsRequestDue == true)
            {
                WriteRequest(_unacknowledged);
            }
        }

        return true;
    }

    private bool IsGivenBack(Stanza stanza) => stanza.Kind == StanzaKind.Message || (_isShared && stanza.Type is not StanzaType.Result and not StanzaType.Error);

    private void WriteRequest(UnacknowledgedStanzas unacknowledged)
    {
        _framing.WriteElement(_pending, Request);
        unacknowledged.Requested();
    }

    /// <summary>Queues an element of the stream itself: features, answers that are no stanzas. Within the same limit: such answers can be asked for without end.</summary>
    public void Write(ReadOnlySpan<byte> element)
    {
        lock (_gate)
        {
            if (_closed || _broken)
            {
                return;
            }

            if (_pending.Size <= _limit)
            {
                _framing.WriteElement(_pending, element);
                return;
            }

            Overflowed = _broken = true;
            Relieve();
        }

        _whenFull();
    }

    /// <summary>Queues bytes that belong to the transport and not to the stream, as they are.</summary>
    internal void WriteBare(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _pending.Write(bytes);
            }
        }
    }

    /// <summary>Queues the header of the stream.</summary>
    internal void Write(StreamHeader header)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _framing.WriteHeader(_pending, header);
            }
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

    /// <summary>Queues the end of the stream, and takes nothing more: no stanza comes behind a closing tag, where it would count as delivered.</summary>
    internal void End(StreamException? error)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _framing.WriteEnd(_pending, error);
            }

            _closed = true;
        }
    }

    /// <summary>Whether what the sink has taken counts as delivered only when it is confirmed: a transport without a connection, where an answer may be lost.</summary>
    internal bool AwaitsConfirmation { get; init; }

    /// <summary>The receiver has what left with the first so many writes.</summary>
    internal void Confirm(long writes)
    {
        lock (_gate)
        {
            while (_unconfirmed?.TryPeek(out var first) == true && first.Write <= writes)
            {
                _unconfirmed.Dequeue();
            }
        }
    }

    /// <summary>What was accepted and, as far as can be known, never arrived: not acknowledged, not confirmed, or never taken by the socket. Call after <see cref="Close()"/>.</summary>
    internal IReadOnlyList<SentStanza> TakeUndelivered()
    {
        lock (_gate)
        {
            SentStanza[] undelivered =
            [
                .. _unconfirmed?.SelectMany(static left => left.Messages) ?? [], .. _underWay ?? [], .. _waiting ?? [], .. _unacknowledged?.TakeAll() ?? [],
            ];
            _underWay = _waiting = null;
            _unconfirmed = null;
            return undelivered;
        }
    }
}
