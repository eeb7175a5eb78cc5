using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Who was given voice in a moderated room, or had it taken: it lasts across visits, for on it such a room rests (XEP-0045 §5.1). Used in the room's turn alone.</summary>
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

    /// <summary>Notes the role that an occupant has just been given. What comes of his affiliation alone goes with that, and is not noted.</summary>
    internal void Note(Room room, Occupant occupant)
    {
        if (!room.Configuration.IsModerated)
        {
            return;
        }

        var (user, affiliation) = (occupant.User, room.Affiliations.Of(occupant.User));
        if (occupant.Role == MucRole.Moderator)
        {
            // Whoever is made that may speak again.
            Forget(user, MucRole.Visitor);
        }
        else if (occupant.Role == room.Configuration.DefaultRole(affiliation))
        {
            Forget(user);
        }
        else if (_roles.Count < MaxUsers || _roles.ContainsKey(user))
        {
            _roles[user] = (occupant.Role, affiliation);
        }
    }

    /// <summary>Has a user enter as his affiliation has it.</summary>
    internal void Forget(Jid user) => _roles.Remove(user);

    /// <summary>The same where it is this role that he was given.</summary>
    internal void Forget(Jid user, MucRole role)
    {
        if (_roles.TryGetValue(user, out var known) && known.Role == role)
        {
            Forget(user);
        }
    }
}
