using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Parley.Load.Connections;

namespace Parley.Load.Scenarios;

/// <summary>
/// One side of a pair. It sends numbered, time-stamped messages and checks those of the other side; each one that arrives
/// lets the sender send its next.
/// </summary>
internal sealed class ChatSide(ClientConnection connection, int index, ChatTraffic traffic, CancellationToken cancellation)
{
    private const int Digits = 10;
    private const int StampDigits = 19;
    private static readonly StandardFormat TenDigits = new('D', Digits);
    private static readonly StandardFormat StampFormat = new('D', StampDigits);

    private readonly Lock _gate = new();
    private readonly HashSet<long> _skipped = [];
    private ArrayBufferWriter<byte> _pending = new(512);
    private ArrayBufferWriter<byte> _leaving = new(512);
    private bool _writing;
    private byte[] _openTag = [];
    private ChatSide _peer = null!;
    private long _sent;
    private long _received;
    private long _expected;

    public int Index => index;

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>How many distinct messages arrived.</summary>
    public long Received => Interlocked.Read(ref _received);

    public long Doubled { get; private set; }

    public long OutOfOrder { get; private set; }

    /// <summary>Messages that are not the peer's, such as errors.</summary>
    public long Unexpected { get; private set; }

    private static ReadOnlySpan<byte> Mark => "<body>load:"u8;

    // Fills the body to 100 bytes: mark (5), sender, number and stamp with a colon behind each, and this.
    private static ReadOnlySpan<byte> Rest => "the quick brown fox jumps over the lazy dog and again"u8;

    private static ReadOnlySpan<byte> CloseTag => "</message>"u8;

    public void Meet(ChatSide peer, bool bare)
    {
        _peer = peer;
        var to = bare ? peer.Jid[..peer.Jid.IndexOf('/')] : peer.Jid;
        _openTag = Encoding.UTF8.GetBytes($"<message to='{to}' type='chat' id='m");
    }

    /// <summary>Sends up to <paramref name="count"/> messages in one write; may be called from any thread.</summary>
    public void Send(int count)
    {
        count = traffic.Take(count);
        if (count == 0)
            return;
        lock (_gate)
        {
            var now = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
                Append(_sent++, now);
            if (_writing)
                return;
            _writing = true;
        }

        _ = FlushAsync();
    }

    public async Task ReceiveAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var arrived = TakeMessages();
                if (arrived > 0)
                {
                    traffic.Deliver(arrived);
                    _peer.Send(arrived);
                }

                if (await connection.ReadAsync(stop))
                    continue;
                traffic.Disconnect();
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // All is said.
        }
        catch (IOException)
        {
            traffic.Disconnect();
        }
    }

    private string Jid => connection.Jid;

    private static void Write(ArrayBufferWriter<byte> writer, long number, StandardFormat format)
    {
        Utf8Formatter.TryFormat(number, writer.GetSpan(StampDigits + 1), out var written, format);
        writer.Advance(written);
    }

    private static long Number(ref ReadOnlySpan<byte> text)
    {
        if (!Utf8Parser.TryParse(text, out long number, out var length) || length == text.Length)
            return -1;
        text = text[(length + 1)..];
        return number;
    }

    private void Append(long number, long now)
    {
        _pending.Write(_openTag);
        Write(_pending, number, default);
        _pending.Write("'>"u8);
        _pending.Write(Mark);
        Write(_pending, index, TenDigits);
        _pending.Write(":"u8);
        Write(_pending, number, TenDigits);
        _pending.Write(":"u8);
        Write(_pending, now, StampFormat);
        _pending.Write(":"u8);
        _pending.Write(Rest);
        _pending.Write("</body></message>"u8);
    }

    private async Task FlushAsync()
    {
        try
        {
            while (true)
            {
                lock (_gate)
                {
                    _leaving.ResetWrittenCount();
                    if (_pending.WrittenCount == 0)
                    {
                        _writing = false;
                        return;
                    }

                    (_pending, _leaving) = (_leaving, _pending);
                }

                await connection.WriteAsync(_leaving.WrittenMemory, cancellation);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // The reader sees the same end, and counts it.
        }
    }

    private int TakeMessages()
    {
        var now = Stopwatch.GetTimestamp();
        var arrived = 0;
        while (true)
        {
            var unread = connection.Unread;
            var end = unread.IndexOf(CloseTag);
            if (end < 0)
                return arrived;
            if (Check(unread[..end], now))
                arrived++;
            connection.Consume(end + CloseTag.Length);
        }
    }

    /// <summary>True where the message is the peer's and new.</summary>
    private bool Check(ReadOnlySpan<byte> message, long now)
    {
        var mark = message.IndexOf(Mark);
        var text = mark < 0 ? default : message[(mark + Mark.Length)..];
        var sender = Number(ref text);
        var number = Number(ref text);
        var sent = Number(ref text);
        if (mark < 0 || sender != _peer.Index || sent < 0)
        {
            Unexpected++;
            return false;
        }

        if (number < _expected && !_skipped.Remove(number))
        {
            Doubled++;
            return false;
        }

        if (number < _expected)
            OutOfOrder++;
        while (_expected < number)
            _skipped.Add(_expected++);
        if (number == _expected)
            _expected++;
        Interlocked.Increment(ref _received);
        if (traffic.Measuring)
            traffic.Latency.Record((now - sent) * 1_000_000 / Stopwatch.Frequency);
        return true;
    }
}
