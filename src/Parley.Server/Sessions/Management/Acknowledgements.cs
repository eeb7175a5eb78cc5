using System.Buffers.Text;
using Parley.Server.Connections;

namespace Parley.Server.Sessions.Management;

/// <summary>Tells a client how many of its stanzas are handled (XEP-0198 §4).</summary>
/// <remarks>
/// A request is answered when all that came before it is handled, so that its answer covers the stanza that it follows: as a rule one
/// commit later. What takes longer than <see cref="Patience"/> is answered with what is handled by then; so is the oldest request where more
/// than <see cref="MaxWaiting"/> wait.
/// </remarks>
internal sealed class Acknowledgements(ReceivedStanzas received, uint handledBefore, TimeProvider time)
{
    /// <summary>How long a request may wait for commits.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const int MaxWaiting = 16;
    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();

    // What was received before stream management was enabled does not count.
    private readonly long _base = received.Count - handledBefore;

    /// <summary>The number of stanzas handled, modulo 2^32.</summary>
    internal uint Handled => Count(received.Handled);

    /// <summary>The client asks.</summary>
    internal void Answer(OutputQueue output)
    {
        lock (_gate)
        {
            var asked = received.Count;
            var handled = received.Handled;
            if (handled < asked)
            {
                _waiting.Enqueue(new Waiting(asked, time.GetTimestamp()));

                // Whoever handles the last one looks whether somebody waits, and may have done so just before.
                handled = received.Handled;
                if (handled < asked && _waiting.Count <= MaxWaiting)
                {
                    return;
                }

                // One for the oldest, or for this one and those before it.
                do
                {
                    _waiting.Dequeue();
                    Write(output, Count(handled));
                }
                while (handled >= asked && _waiting.Count > 0);

                return;
            }

            Write(output, Count(handled));
        }
    }

    /// <summary>More is handled than before: answers those who asked for that; true when something was written.</summary>
    internal bool Advance(OutputQueue output, long handled)
    {
        if (_waiting.Count == 0)
        {
            return false;
        }

        return AnswerWhere(output, waiting => waiting.Count <= handled);
    }

    /// <summary>Answers those who have waited too long; true when something was written.</summary>
    internal bool AnswerLate(OutputQueue output, long timestamp) =>
        _waiting.Count > 0 && AnswerWhere(output, waiting => time.GetElapsedTime(waiting.Since, timestamp) >= Patience);

    /// <summary>The stream is gone: nobody waits any more.</summary>
    internal void Forget()
    {
        lock (_gate)
        {
            _waiting.Clear();
        }
    }

    private bool AnswerWhere(OutputQueue output, Func<Waiting, bool> isDue)
    {
        var written = false;
        lock (_gate)
        {
            // By now it may be more than the caller knows of, and told already: a count never goes back.
            var handled = received.Handled;
            while (_waiting.TryPeek(out var first) && isDue(first))
            {
                _waiting.Dequeue();
                Write(output, Count(handled));
                written = true;
            }
        }

        return written;
    }

    private uint Count(long handled) => unchecked((uint)Math.Max(handled - _base, 0));

    private static void Write(OutputQueue output, uint handled)
    {
        Span<byte> element = stackalloc byte[64];
        "<a xmlns='urn:xmpp:sm:3' h='"u8.CopyTo(element);
        Utf8Formatter.TryFormat(handled, element[28..], out var digits);
        "'/>"u8.CopyTo(element[(28 + digits)..]);
        output.Write(element[..(31 + digits)]);
    }

    private readonly record struct Waiting(long Count, long Since);
}
