using Parley.Protocol.Extensions.Muc;
using Parley.Server.Connections;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Gives an occupant another role, which lasts as long as he is in the room, or puts him out (XEP-0045 §5.1.3, §8.2 to §8.4, §9.6, §9.7). Whether it may be given is the caller's to know.</summary>
internal sealed class RoleChange(RoomPresence presence, Departures departures)
{
    /// <summary>Sets the role, and tells the occupants; nothing where he has it.</summary>
    /// <param name="room">The room.</param>
    /// <param name="occupant">Who gets it, with all his clients.</param>
    /// <param name="role">The role; none is a kick.</param>
    /// <param name="notice">Who did it, and why.</param>
    /// <param name="flush">What is written to.</param>
    internal ValueTask ApplyAsync(Room room, Occupant occupant, MucRole role, PresenceNotice notice, FlushSet flush)
    {
        if (role == MucRole.None)
        {
            return departures.RemoveAsync(room, occupant, notice with { Statuses = [MucStatus.Kicked] }, flush);
        }

        if (occupant.Role == role)
        {
            return ValueTask.CompletedTask;
        }

        occupant.Role = role;
        room.Voices.Note(room, occupant);
        occupant.Encoded = null;
        return presence.AnnounceAsync(room, occupant, notice, flush);
    }
}
