using System.Buffers.Text;
using System.Globalization;
using Parley.Protocol.Streams;
using Parley.Server.Connections;

namespace Parley.Server.Sessions.Management;

/// <summary>The acknowledgements of one managed stream, both ways: tells the peer how many of its stanzas are handled, and takes what it tells (XEP-0198 §4).</summary>
/// <remarks>
/// A request is answered when all that came before it is handled, so that its answer covers the stanza that it follows: as a rule one
/// commit later. What takes longer than <see cref="Patience"/> is answered with what is handled by then; so is the oldest request where more
/// than <see cref="MaxWaiting"/> wait. Of answers that would leave one right behind the other only the last does: it says what the others say.
/// </remarks>
internal sealed class Acknowledgements
{
    /// <summary>How long a request may wait for commits.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const int MaxWaiting = 16;
    private readonly ReceivedStanzas _received;
    private readonly Func<OutputQueue> _output;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();

    // What was received before stream management was enabled does not count.
    private readonly long _base;
    private long _told;
    private int _isFlushDue;

    /// <param name="received">What the peer sends.</param>
    /// <param name="handledBefore">How much of the peer's was handled on the streams before that this one goes on with.</param>
    /// <param name="output">Where the peer is told.</param>
    /// <param name="time">The time.</param>
    internal Acknowledgements(ReceivedStanzas received, uint handledBefore, Func<OutputQueue> output, TimeProvider time)
    {
        (_received, _output, _time) = (received, output, time);
        _base = received.Count - handledBefore;
        received.Advanced = handled =>
        {
            if (_waiting.Count > 0 && AnswerUpTo(_output(), handled))
            {
                FlushSoon();
            }
        };
    }

    /// <summary>The number of stanzas handled, modulo 2^32.</summary>
    internal uint Handled => Count(_received.Handled);

    /// <summary>The peer says how much it has handled.</summary>
    /// <param name="handled">How much; null where it does not say.</param>
    /// <param name="text">How it wrote that; null for as we would.</param>
    /// <exception cref="StreamException">It cannot have handled so much, or it does not say.</exception>
    internal void Take(uint? handled, string? text)
    {
        var output = _output();
        if (handled is not { } count || !output.TryAcknowledge(count, out _))
        {
            throw ManagementElement.CountTooHigh(text ?? handled?.ToString(CultureInfo.InvariantCulture), output.SentCount);
        }
    }

    /// <summary>Takes a request or an acknowledgement that is written as most write it; false for anything else.</summary>
    /// <exception cref="StreamException">The peer cannot have handled so much.</exception>
    internal bool TryTake(ReadOnlySpan<byte> element)
    {
        if (ManagementElement.IsPlainRequest(element))
        {
            Answer();
            return true;
        }

        if (ManagementElement.TryReadPlainAnswer(element, out var handled))
        {
            Take(handled, null);
            return true;
        }

        return false;
    }

    /// <summary>Looks whether somebody waits for an acknowledgement, here or there; false when the peer has owed one for longer than <paramref name="patience"/>.</summary>
    internal bool Check(long timestamp, TimeSpan patience)
    {
        var output = _output();
        if (AnswerLate(output, timestamp))
        {
            output.Flush();
        }

        output.RequestAcknowledgement();
        return output.RequestedAt is not { } requested || _time.GetElapsedTime(requested, timestamp) < patience;
    }

    /// <summary>Tells how much is handled, unasked.</summary>
    internal void Tell()
    {
        lock (_gate)
        {
            Write(_output(), _received.Handled);
        }
    }

    /// <summary>The peer asks.</summary>
    internal void Answer()
    {
        var output = _output();
        lock (_gate)
        {
            var asked = _received.Count;
            if (_received.IsSettled)
            {
                // This covers those that waited as well.
                _waiting.Clear();
                Write(output, asked);
                return;
            }

            var handled = _received.Handled;
            if (_waiting.Count == MaxWaiting)
            {
                // One for the oldest; this one takes its place.
                _waiting.Dequeue();
                Write(output, handled);
            }

            _waiting.Enqueue(new Waiting(asked, _time.GetTimestamp()));

            // The last commit may have ended since the look above, and have found nobody waiting.
            handled = _received.Handled;
            if (handled >= asked)
            {
                AnswerUpTo(output, handled);
            }
        }
    }

    /// <summary>The stream is gone: nobody waits any more.</summary>
    internal void Forget()
    {
        lock (_gate)
        {
            _waiting.Clear();
        }
    }

    // A batch of commits ends many stanzas at once: behind them all, not after each.
    private void FlushSoon()
    {
        if (Interlocked.Exchange(ref _isFlushDue, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static acknowledgements =>
                {
                    Volatile.Write(ref acknowledgements._isFlushDue, 0);
                    acknowledgements._output().Flush();
                },
                this,
                preferLocal: false);
        }
    }

    // Those who have waited too long.
    private bool AnswerLate(OutputQueue output, long timestamp) =>
        _waiting.Count > 0 && AnswerWhere(output, waiting => _time.GetElapsedTime(waiting.Since, timestamp) >= Patience, _received.Handled);

    private bool AnswerUpTo(OutputQueue output, long handled) => AnswerWhere(output, waiting => waiting.Count <= handled, handled);

    private bool AnswerWhere(OutputQueue output, Func<Waiting, bool> isDue, long handled)
    {
        var written = false;
        lock (_gate)
        {
            while (_waiting.TryPeek(out var first) && isDue(first))
            {
                _waiting.Dequeue();
                Write(output, handled);
                written = true;
            }
        }

        return written;
    }

    private uint Count(long handled) => unchecked((uint)Math.Max(handled - _base, 0));

    // Of two threads that answer, the one that knows less may come last. Only under the lock.
    private void Write(OutputQueue output, long handled)
    {
        _told = Math.Max(_told, handled);
        Span<byte> element = stackalloc byte[64];
        "<a xmlns='urn:xmpp:sm:3' h='"u8.CopyTo(element);
        Utf8Formatter.TryFormat(Count(_told), element[28..], out var digits);
        "'/>"u8.CopyTo(element[(28 + digits)..]);
        output.WriteLatest(element[..(31 + digits)]);
    }

    private readonly record struct Waiting(long Count, long Since);
}
