using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Parley.Load.Connections;

namespace Parley.Load.Scenarios;

/// <summary>
/// One side of a pair. It sends numbered, time-stamped messages and checks those of the other side; in a closed loop each
/// one that arrives lets the sender send its next. A managed side asks for acknowledgements and answers when it is asked.
/// </summary>
internal sealed class ChatSide(ClientConnection connection, int index, ChatTraffic traffic, CancellationToken cancellation)
{
    private readonly GatheringWriter _writer = new(connection, cancellation);
    private readonly ArrivalOrder _order = new();
    private readonly InFlight _inFlight = new(traffic.UntilAcked);
    private byte[] _openTag = [];
    private ChatSide _peer = null!;
    private long _sent;
    private int _unasked;

    public int Index => index;

    public ChatSide Peer => _peer;

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>How many distinct messages arrived.</summary>
    public long Received => _order.Distinct;

    public long Doubled => _order.Doubled;

    public long OutOfOrder => _order.OutOfOrder;

    /// <summary>Messages that are not the peer's, such as errors.</summary>
    public long Unexpected { get; private set; }

    /// <summary>Stanzas that the server has not acknowledged; 0 without stream management.</summary>
    public long Unacknowledged
    {
        get
        {
            using var turn = _writer.Enter();
            return connection.Management?.Unacknowledged ?? 0;
        }
    }

    public long WrongAcknowledgements => connection.Management?.WrongAcknowledgements ?? 0;

    private static ReadOnlySpan<byte> CloseTag => "</message>"u8;

    private static ReadOnlySpan<byte> Request => "<r xmlns='urn:xmpp:sm:3'/>"u8;

    private string Jid => connection.Jid;

    public void Meet(ChatSide peer, bool bare)
    {
        _peer = peer;
        var to = bare ? peer.Jid[..peer.Jid.IndexOf('/')] : peer.Jid;
        _openTag = Encoding.UTF8.GetBytes($"<message{connection.StanzaAttributes} to='{to}' type='chat' id='m");
    }

    /// <summary>Sends up to <paramref name="count"/> messages in one write; may be called from any thread.</summary>
    public void Send(int count) => Send(count, Stopwatch.GetTimestamp());

    /// <summary>The same, with the time that latencies are measured from.</summary>
    public void Send(int count, long stamp)
    {
        count = traffic.Take(count);
        if (count == 0)
            return;
        using var turn = _writer.Enter();
        for (var i = 0; i < count; i++)
        {
            NumberedMessage.Write(turn.Begin(), _openTag, index, _sent++, stamp);
            turn.End();
            if (connection.Management is not { } management)
                continue;
            management.Send(stamp);
            if (++_unasked < traffic.AskEvery)
                continue;
            _unasked = 0;
            turn.Write(Request);
        }
    }

    /// <summary>Asks for what the policy has not asked for yet.</summary>
    public void Ask()
    {
        using var turn = _writer.Enter();
        if (connection.Management is null)
            return;
        _unasked = 0;
        turn.Write(Request);
    }

    public async Task ReceiveAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var arrived = connection.Management is { } management ? TakeElements(management) : TakeMessages();
                if (arrived > 0)
                {
                    traffic.Deliver(arrived);
                    _peer.GoOn(_peer._inFlight.Deliver(arrived));
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

    private void GoOn(int count)
    {
        if (count > 0 && !traffic.Paced)
            Send(count);
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

    private int TakeElements(StreamManagement management)
    {
        var now = Stopwatch.GetTimestamp();
        var arrived = 0;
        int length;
        while ((length = ElementScanner.Measure(connection.Unread)) > 0)
        {
            var element = connection.Unread[..length];
            element = element[element.IndexOf((byte)'<')..];
            if (element.StartsWith("<message"u8))
            {
                management.Handle();
                if (Check(element, now))
                    arrived++;
            }
            else if (element.StartsWith("<r "u8))
            {
                Acknowledge(management);
            }
            else if (element.StartsWith("<a "u8))
            {
                TakeAcknowledgement(management, element, now);
            }
            else if (element.StartsWith("<presence"u8) || element.StartsWith("<iq"u8))
            {
                management.Handle();
            }

            connection.Consume(length);
        }

        return arrived;
    }

    private void Acknowledge(StreamManagement management)
    {
        using var turn = _writer.Enter();
        var bytes = turn.Begin();
        bytes.Write("<a xmlns='urn:xmpp:sm:3' h='"u8);
        Utf8Formatter.TryFormat(management.Handled, bytes.GetSpan(10), out var written);
        bytes.Advance(written);
        bytes.Write("'/>"u8);
        turn.End();
    }

    private void TakeAcknowledgement(StreamManagement management, ReadOnlySpan<byte> element, long now)
    {
        if (!StreamManagement.TryReadCount(element, out var count))
        {
            Unexpected++;
            return;
        }

        int covered;
        using (_writer.Enter())
            covered = management.Acknowledge(count, now, traffic.Measuring ? traffic.AckLatency : null);
        traffic.Acknowledge(covered);
        GoOn(_inFlight.Acknowledge(covered));
    }

    /// <summary>True where the message is the peer's and new.</summary>
    private bool Check(ReadOnlySpan<byte> message, long now)
    {
        if (!NumberedMessage.TryRead(message, out var sender, out var number, out var stamp) || sender != _peer.Index)
        {
            Unexpected++;
            return false;
        }

        if (!_order.Accept(number))
            return false;
        if (traffic.Measuring)
            traffic.Latency.RecordTicks(now - stamp);
        return true;
    }
}
