using Parley.Protocol.Extensions.Muc;
using Parley.Server.Connections;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>How clients and occupants leave a room, whatever makes them (XEP-0045 §7.14).</summary>
internal sealed class Departures(RoomPresence presence, JoinedRooms joined, TimeProvider time)
{
    /// <summary>One client leaves: it is told, and with an occupant's last client the others are.</summary>
    internal async ValueTask LeaveAsync(Room room, OccupantSession session, PresenceNotice notice, FlushSet flush)
    {
        var occupant = session.Occupant;
        notice = notice with { IsUnavailable = true, Role = MucRole.None, Origin = session };
        if (occupant.Sessions.Length == 1)
        {
            await presence.AnnounceAsync(room, occupant, notice, flush);
            Remove(room, session);
            return;
        }

        var shown = occupant.Shown;
        if (!session.IsLost)
        {
            await presence.ToSelfAsync(room, session, notice, flush);
        }

        Remove(room, session);
        if (ReferenceEquals(shown, session))
        {
            occupant.Encoded = null;
            await presence.AnnounceAsync(room, occupant, PresenceNotice.Plain, flush);
        }
    }

    /// <summary>All of an occupant's clients leave: kicked, banned, not a member any more.</summary>
    internal async ValueTask RemoveAsync(Room room, Occupant occupant, PresenceNotice notice, FlushSet flush)
    {
        await presence.AnnounceAsync(room, occupant, notice with { IsUnavailable = true, Role = MucRole.None }, flush);
        foreach (var session in occupant.Sessions)
        {
            Remove(room, session);
        }

        // Who was put out does not come back with voice that he was given.
        room.Voices.Forget(occupant.User, MucRole.Participant);
    }

    /// <summary>Those leave that have been found to take nothing more, and those that are found so on this occasion.</summary>
    internal async ValueTask SettleAsync(Room room, FlushSet flush)
    {
        for (var lost = room.TakeLost(); lost.Count > 0; lost = room.TakeLost())
        {
            foreach (var session in lost)
            {
                if (room.Occupants.TryFindSession(session.Address, out var there) && ReferenceEquals(there, session))
                {
                    await LeaveAsync(room, session, new PresenceNotice { Statuses = [MucStatus.TechnicalProblem] }, flush);
                }
            }
        }
    }

    /// <summary>Takes a client out without a word.</summary>
    internal void Remove(Room room, OccupantSession session)
    {
        room.Occupants.Remove(session);
        joined.Remove(session, room);
        if (room.Occupants.Count == 0)
        {
            room.EmptySince = time.GetTimestamp();
        }
    }
}
