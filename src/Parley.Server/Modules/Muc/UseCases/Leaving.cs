using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A client leaves, with a word or without (XEP-0045 §7.14). Whoever is not in the room leaves it silently (§16.3).</summary>
internal sealed class Leaving(Departures departures, RoomEnd end, ReservedContent reserved) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers.OnPresence(StanzaType.Unavailable, HandleAsync);

    private ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        // Which nickname is addressed does not matter: the client has one at a time, and its server remembers those that it had.
        // What a session that has ended says is not of the one that has taken its place.
        if (turn.Session is not { } session
            || (turn.Delivery.Sender is { } sender && session.Local is { } local && !ReferenceEquals(sender, local)))
        {
            return ValueTask.CompletedTask;
        }

        // The creator goes before anybody else could enter (XEP-0045 §10.1.3).
        if (turn.Room.IsLocked && turn.Room.Occupants.Count == 1 && session.Occupant.Sessions.Length == 1)
        {
            return end.DestroyAsync(turn.Room, new MucDestruction(), turn.Flush);
        }

        var notice = new PresenceNotice { Content = reserved.CleanPresence(turn.Room, turn.Stanza), OriginId = turn.Stanza.IdText };
        return departures.LeaveAsync(turn.Room, session, notice, turn.Flush);
    }
}
