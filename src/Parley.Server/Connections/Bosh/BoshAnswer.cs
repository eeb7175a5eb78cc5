using System.Buffers.Text;

namespace Parley.Server.Connections.Bosh;

/// <summary>What is sent for a request: the same bytes each time it is asked for.</summary>
public sealed class BoshAnswer
{
    private const int MaxDigits = 20;

    /// <summary>Nothing to say (XEP-0124 §8).</summary>
    public static readonly BoshAnswer Empty = new("<body xmlns='http://jabber.org/protocol/httpbind'/>"u8.ToArray());

    /// <summary>Another request with the same id has taken this one's place, or one before it is missing: the client repeats what has no answer (XEP-0124 §17.3).</summary>
    public static readonly BoshAnswer Recoverable = new("<body type='error' xmlns='http://jabber.org/protocol/httpbind'/>"u8.ToArray());

    /// <summary>The client has ended the session (XEP-0124 §13).</summary>
    public static readonly BoshAnswer Terminated = new("<body type='terminate' xmlns='http://jabber.org/protocol/httpbind'/>"u8.ToArray());

    private BoshAnswer(byte[] body, int status = 200)
    {
        Body = body;
        Status = status;
    }

    /// <summary>The wrapper with what is in it; empty where the status says it all.</summary>
    public byte[] Body { get; }

    /// <summary>The HTTP status: 200 but for old clients.</summary>
    public int Status { get; }

    /// <summary>Whether it brings payloads.</summary>
    public bool HasPayload { get; private init; }

    /// <summary>Payloads, and what the wrapper says about requests and answers before (XEP-0124 §9).</summary>
    /// <param name="content">The payloads, each standing alone.</param>
    /// <param name="attributes">More attributes, each with a space before it.</param>
    /// <param name="ack">The highest request id received, or 0.</param>
    /// <param name="report">The request id of an answer that the client seems not to have, or 0.</param>
    /// <param name="reportAge">Milliseconds since it was sent.</param>
    public static BoshAnswer Of(ReadOnlySpan<byte> content, ReadOnlySpan<byte> attributes = default, long ack = 0, long report = 0, long reportAge = 0)
    {
        if (content.IsEmpty && attributes.IsEmpty && ack == 0 && report == 0)
        {
            return Empty;
        }

        var output = new ExactBytes(content.Length + attributes.Length + 256);
        output.Put("<body"u8);
        output.Put(attributes);
        output.Put(" ack='"u8, ack);
        output.Put(" report='"u8, report);
        if (report != 0)
        {
            output.Put(" time='"u8, Math.Max(1, reportAge));
        }

        output.Put(" xmlns='http://jabber.org/protocol/httpbind'"u8);
        return new BoshAnswer(Finish(ref output, content)) { HasPayload = !content.IsEmpty };
    }

    /// <summary>The session is over.</summary>
    /// <param name="condition">Why; none when the client wanted it.</param>
    /// <param name="content">Payloads, and a stream error behind them.</param>
    /// <param name="isLegacy">Whether the client takes an HTTP status where there is one.</param>
    public static BoshAnswer Terminal(BoshCondition condition, ReadOnlySpan<byte> content = default, bool isLegacy = false)
    {
        if (isLegacy && condition.LegacyStatus() is var status and not 200)
        {
            return new BoshAnswer([], status);
        }

        if (condition == BoshCondition.None && content.IsEmpty)
        {
            return Terminated;
        }

        var output = new ExactBytes(content.Length + 256);
        output.Put("<body type='terminate'"u8);
        if (condition != BoshCondition.None)
        {
            output.Put(" condition='"u8);
            output.Put(condition.Utf8Name());
            output.Put("'"u8);
        }

        output.Put(" xmlns='http://jabber.org/protocol/httpbind'"u8);
        return new BoshAnswer(Finish(ref output, content)) { HasPayload = !content.IsEmpty };
    }

    private static byte[] Finish(ref ExactBytes output, ReadOnlySpan<byte> content)
    {
        // The prefix is declared on the wrapper where a payload has it: features, and stream errors (XEP-0206 §2).
        if (content.IndexOf("<stream:"u8) >= 0)
        {
            output.Put(" xmlns:stream='http://etherx.jabber.org/streams'"u8);
        }

        if (content.IsEmpty)
        {
            output.Put("/>"u8);
        }
        else
        {
            output.Put(">"u8);
            output.Put(content);
            output.Put("</body>"u8);
        }

        return output.ToArray();
    }

    private ref struct ExactBytes(int capacity)
    {
        private readonly byte[] _bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(capacity);
        private int _count;

        internal void Put(ReadOnlySpan<byte> part)
        {
            part.CopyTo(_bytes.AsSpan(_count));
            _count += part.Length;
        }

        internal void Put(ReadOnlySpan<byte> open, long number)
        {
            if (number == 0)
            {
                return;
            }

            Put(open);
            Utf8Formatter.TryFormat(number, _bytes.AsSpan(_count, MaxDigits), out var written);
            _count += written;
            Put("'"u8);
        }

        internal readonly byte[] ToArray()
        {
            var exact = _bytes.AsSpan(0, _count).ToArray();
            System.Buffers.ArrayPool<byte>.Shared.Return(_bytes);
            return exact;
        }
    }
}
