using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Parley.Load.Connections;

namespace Parley.Load.Scenarios.Rooms;

/// <summary>
/// A client in rooms. Its reader counts presences, answers those who wait for an entry or a result, and checks the messages of every voice that
/// it hears; each of its own that comes back lets the next one go.
/// </summary>
internal sealed class RoomClient(ClientConnection connection, int index, RoomPlan plan, ChatTraffic traffic, CancellationToken cancellation)
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<bool>> _entering = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _asked = new();
    private readonly Dictionary<int, (RoomVoice Voice, ArrivalOrder Order)> _heard = [];
    private readonly List<RoomVoice> _due = [];
    private long _presences;
    private long _received;
    private int _queries;

    public int Index => index;

    public string StanzaAttributes => connection.StanzaAttributes;

    public GatheringWriter Writer { get; } = new(connection, cancellation);

    /// <summary>Who was seen in rooms; null where nobody asks.</summary>
    public SeenOccupants? Seen { get; set; }

    /// <summary>Presences from rooms that arrived, of all kinds.</summary>
    public long Presences => Interlocked.Read(ref _presences);

    /// <summary>Messages of voices that arrived, each counted once.</summary>
    public long Received => Interlocked.Read(ref _received);

    public long Doubled => _heard.Values.Sum(static heard => heard.Order.Doubled);

    public long OutOfOrder => _heard.Values.Sum(static heard => heard.Order.OutOfOrder);

    /// <summary>Messages of a voice that came from another address, or of no voice that it should hear, and errors.</summary>
    public long Unexpected { get; private set; }

    private static ReadOnlySpan<byte> MessageTag => "<message"u8;

    private static ReadOnlySpan<byte> MessageEnd => "</message>"u8;

    /// <summary>To be called before anything is said.</summary>
    public void Hear(RoomVoice voice) => _heard.Add(voice.Index, (voice, new ArrivalOrder()));

    /// <summary>Asks to enter; the task ends with the own presence of status 110, and is true where that made the room (status 201).</summary>
    public Task<bool> EnterAsync(int room)
    {
        var entered = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _entering[room] = entered;
        using (var turn = Writer.Enter())
        {
            turn.Write(Encoding.UTF8.GetBytes(
                $"<presence{StanzaAttributes} to='{plan.Occupant(room, index)}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"));
        }

        return entered.Task.WaitAsync(cancellation);
    }

    /// <summary>Asks a room by iq; the task ends with the whole result.</summary>
    /// <exception cref="LoadException">The room refused.</exception>
    public async Task<string> AskAsync(int room, string type, string payload)
    {
        var id = "q" + Interlocked.Increment(ref _queries);
        var answered = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answered;
        using (var turn = Writer.Enter())
            turn.Write(Encoding.UTF8.GetBytes($"<iq{StanzaAttributes} to='{plan.Room(room)}' type='{type}' id='{id}'>{payload}</iq>"));
        var answer = await answered.Task.WaitAsync(cancellation);
        return ElementText.Attribute(answer, "type") == "result" ? answer : throw new LoadException($"the room refused: {answer}");
    }

    public async Task ReceiveAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                TakeElements();
                if (await connection.ReadAsync(stop))
                    continue;
                Lose();
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // All is said.
        }
        catch (IOException)
        {
            Lose();
        }
    }

    private void Lose()
    {
        traffic.Disconnect();
        var lost = new LoadException("the server closed a connection");
        foreach (var entering in _entering.Values)
            entering.TrySetException(lost);
        foreach (var asked in _asked.Values)
            asked.TrySetException(lost);
    }

    private void TakeElements()
    {
        var now = Stopwatch.GetTimestamp();
        var arrived = 0;
        int length;
        while ((length = Measure(connection.Unread)) > 0)
        {
            var element = connection.Unread[..length].TrimStart(" \r\n\t"u8);
            if (element.StartsWith(MessageTag))
                arrived += TakeMessage(element, now) ? 1 : 0;
            else if (element.StartsWith("<presence"u8))
                TakePresence(element, now);
            else if (element.StartsWith("<iq"u8))
                TakeIq(element);
            connection.Consume(length);
        }

        if (arrived == 0)
            return;
        Interlocked.Add(ref _received, arrived);
        traffic.Deliver(arrived);
        foreach (var voice in _due)
        {
            voice.Send(voice.Due, traffic);
            voice.Due = 0;
        }

        _due.Clear();
    }

    // Most are messages, which end where no quote and no depth has to be looked at.
    private static int Measure(ReadOnlySpan<byte> unread)
    {
        if (!unread.StartsWith(MessageTag))
            return ElementScanner.Measure(unread);
        var end = unread.IndexOf(MessageEnd);
        return end < 0 ? 0 : end + MessageEnd.Length;
    }

    /// <summary>True where the message is of a voice, and new.</summary>
    private bool TakeMessage(ReadOnlySpan<byte> message, long now)
    {
        var isError = ElementBytes.Attribute(message, " type="u8).SequenceEqual("error"u8);
        if (isError || !NumberedMessage.TryRead(message, out var sender, out var number, out var stamp))
        {
            // What a room says itself, such as its subject, is no matter.
            Unexpected += isError ? 1 : 0;
            return false;
        }

        if (!_heard.TryGetValue((int)sender, out var heard) || !heard.Voice.IsFrom(ElementBytes.Attribute(message, " from="u8)))
        {
            Unexpected++;
            return false;
        }

        if (!heard.Order.Accept(number))
            return false;
        if (heard.Voice.IsOf(this) && heard.Voice.Due++ == 0)
            _due.Add(heard.Voice);
        if (traffic.Measuring)
            traffic.Latency.RecordTicks(now - stamp);
        return true;
    }

    private void TakePresence(ReadOnlySpan<byte> presence, long now)
    {
        if (!plan.TryReadOccupant(ElementBytes.Attribute(presence, " from="u8), out var room, out var client))
            return;
        Interlocked.Increment(ref _presences);
        var type = ElementBytes.Attribute(presence, " type="u8);
        if (type.SequenceEqual("error"u8))
        {
            if (_entering.TryRemove(room, out var refused))
                refused.TrySetException(new LoadException($"not let in: {Encoding.UTF8.GetString(presence)}"));
            return;
        }

        if (!type.IsEmpty)
            return;
        Seen?.Add(client, now);
        if (client == index && HasStatus(presence, "110"u8) && _entering.TryRemove(room, out var entered))
        {
            Seen?.Enter(now);
            entered.TrySetResult(HasStatus(presence, "201"u8));
        }
    }

    private static bool HasStatus(ReadOnlySpan<byte> presence, ReadOnlySpan<byte> code)
    {
        for (int at; (at = presence.IndexOf("<status"u8)) >= 0; presence = presence[(at + 7)..])
        {
            if (ElementBytes.Attribute(presence[at..], " code="u8).SequenceEqual(code))
                return true;
        }

        return false;
    }

    private void TakeIq(ReadOnlySpan<byte> iq)
    {
        var id = Encoding.UTF8.GetString(ElementBytes.Attribute(iq, " id="u8));
        if (_asked.TryRemove(id, out var asked))
            asked.TrySetResult(Encoding.UTF8.GetString(iq));
    }
}
