using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Who of those who have left a moderated room was given voice there, or had it taken: it lasts across visits, for on it such a room rests (XEP-0045 §5.1). Used in the room's turn alone.</summary>
/// <remarks>Known for as long as the room is in memory, of so many users; further ones come as their affiliation has it.</remarks>
internal sealed class RoomVoices
{
    private const int MaxUsers = 1000;

    // With the affiliation that he had: another one makes him what it makes anybody.
    private readonly Dictionary<Jid, (MucRole Role, MucAffiliation Affiliation)> _roles = [];

    /// <summary>The role with which a user enters.</summary>
    internal MucRole RoleOf(Room room, Jid user)
    {
        var affiliation = room.Affiliations.Of(user);
        var role = room.Configuration.DefaultRole(affiliation);
        if (!room.Configuration.IsModerated || role is not (MucRole.Visitor or MucRole.Participant))
        {
            return role;
        }

        // Nor does another nickname give voice.
        return room.Occupants.OfUser(user).Any(static occupant => occupant.Role == MucRole.Visitor) ? MucRole.Visitor
            : _roles.TryGetValue(user, out var known) && known.Affiliation == affiliation ? known.Role
            : role;
    }

    /// <summary>Notes the role of an occupant who has left.</summary>
    internal void Remember(Room room, Occupant occupant)
    {
        if (!room.Configuration.IsModerated)
        {
            return;
        }

        var affiliation = room.Affiliations.Of(occupant.User);
        if (occupant.Role == room.Configuration.DefaultRole(affiliation))
        {
            _roles.Remove(occupant.User);
        }
        else if (occupant.Role is MucRole.Visitor or MucRole.Participant && (_roles.Count < MaxUsers || _roles.ContainsKey(occupant.User)))
        {
            _roles[occupant.User] = (occupant.Role, affiliation);
        }
    }

    /// <summary>Has a user enter as his affiliation has it.</summary>
    internal void Forget(Jid user) => _roles.Remove(user);
}
