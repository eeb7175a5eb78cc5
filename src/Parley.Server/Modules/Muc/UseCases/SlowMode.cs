using System.Runtime.CompilerServices;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Between two messages of a user lies the time that the room's owner says (XEP-0500 0.1 §6); admins and owners may always speak.</summary>
/// <remarks>By the bare JID: to leave and enter again, or to use another client, does not help. Known of those who spoke within that time, and forgotten when the server stops.</remarks>
internal sealed class SlowMode(TimeProvider time) : IGroupMessageExtension
{
    private readonly ConditionalWeakTable<Room, Speakers> _rooms = [];

    /// <exception cref="StanzaException">policy-violation, to wait.</exception>
    public void Require(RoomTurn turn, Occupant sender)
    {
        var seconds = turn.Room.Configuration.SlowMode;
        if (seconds > 0
            && HasBody(turn.Stanza)
            && turn.Room.Affiliations.Of(sender.User) < MucAffiliation.Admin
            && _rooms.TryGetValue(turn.Room, out var speakers)
            && speakers.HasSpokenSince(sender.User, Begin(seconds)))
        {
            throw new StanzaException(new StanzaError(
                StanzaErrorCondition.PolicyViolation, StanzaErrorType.Wait, $"The room is in slow mode: it takes one message of yours in {seconds} seconds."));
        }
    }

    public void Sent(RoomTurn turn, Stanza message, long? id)
    {
        var seconds = turn.Room.Configuration.SlowMode;
        if (seconds > 0 && HasBody(message))
        {
            _rooms.GetOrCreateValue(turn.Room).Note(turn.Sender!.User, time.GetTimestamp(), Begin(seconds));
        }
    }

    private long Begin(int seconds) => time.GetTimestamp() - (seconds * time.TimestampFrequency);

    private static bool HasBody(Stanza message) => message.HasChild("body"u8, "jabber:client"u8);

    private sealed class Speakers
    {
        private readonly Dictionary<Jid, long> _last = [];
        private readonly Queue<(Jid User, long At)> _order = new();

        internal bool HasSpokenSince(Jid user, long begin) => _last.TryGetValue(user, out var at) && at > begin;

        internal void Note(Jid user, long now, long begin)
        {
            while (_order.TryPeek(out var oldest) && oldest.At <= begin)
            {
                _order.Dequeue();
                if (_last.GetValueOrDefault(oldest.User) == oldest.At)
                {
                    _last.Remove(oldest.User);
                }
            }

            _last[user] = now;
            _order.Enqueue((user, now));
        }
    }
}
