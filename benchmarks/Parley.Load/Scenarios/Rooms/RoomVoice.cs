using System.Diagnostics;
using System.Text;

namespace Parley.Load.Scenarios.Rooms;

/// <summary>An occupant that talks in a room: numbered messages, of which each occupant has to get each one once and in order.</summary>
internal sealed class RoomVoice
{
    private readonly RoomClient _client;
    private readonly byte[] _openTag;
    private readonly byte[] _address;
    private readonly int _hearers;
    private long _sent;

    /// <param name="client">Who talks.</param>
    /// <param name="index">Its number among all voices of all rooms, which its messages tell.</param>
    /// <param name="plan">The addresses.</param>
    /// <param name="room">Where.</param>
    /// <param name="hearers">How many occupants get each message, itself included.</param>
    public RoomVoice(RoomClient client, int index, RoomPlan plan, int room, int hearers)
    {
        _client = client;
        _hearers = hearers;
        _openTag = Encoding.UTF8.GetBytes($"<message{client.StanzaAttributes} to='{plan.Room(room)}' type='groupchat' id='m");
        _address = Encoding.UTF8.GetBytes(plan.Occupant(room, client.Index));
        Index = index;
    }

    public int Index { get; }

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>How many deliveries its messages come to.</summary>
    public long Owed => Sent * _hearers;

    /// <summary>Messages that came back to it and were not yet followed by others; for its client's reader alone.</summary>
    public int Due { get; set; }

    public bool IsOf(RoomClient client) => _client == client;

    /// <summary>Whether a message's from is this occupant.</summary>
    public bool IsFrom(ReadOnlySpan<byte> address) => address.SequenceEqual(_address);

    /// <summary>Sends up to <paramref name="count"/> messages in one write, as many as <paramref name="traffic"/> still allows.</summary>
    public void Send(int count, ChatTraffic traffic)
    {
        count = traffic.Take(count);
        if (count == 0)
            return;
        var stamp = Stopwatch.GetTimestamp();
        using var turn = _client.Writer.Enter();
        for (var i = 0; i < count; i++)
        {
            NumberedMessage.Write(turn.Begin(), _openTag, Index, _sent, stamp);
            Interlocked.Increment(ref _sent);
            turn.End();
        }
    }
}
