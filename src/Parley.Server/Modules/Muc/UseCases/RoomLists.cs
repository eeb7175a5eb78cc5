using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>The lists of a room, and who may read them (XEP-0045 §8.5, §9.2, §9.5, §9.8, §10.5, §10.8).</summary>
internal static class RoomLists
{
    /// <summary>The occupants with a role, by nickname.</summary>
    /// <exception cref="StanzaException">forbidden: the list is for moderators, that of moderators for admins; bad-request: there is no such list.</exception>
    internal static IReadOnlyList<MucItem> OfRole(RoomTurn turn, MucRole role)
    {
        if (role == MucRole.None)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "Of those who are not there, there is no list.");
        }

        if (role == MucRole.Moderator)
        {
            RoleRules.RequireAdmin(turn);
        }
        else
        {
            RoleRules.RequireModerator(turn);
        }

        return [.. turn.Room.Occupants.All.Where(occupant => occupant.Role == role).Select(occupant => new MucItem
        {
            Affiliation = turn.Room.Affiliations.Of(occupant.User),
            Jid = occupant.Shown.Address,
            Nickname = occupant.Nickname,
            Role = role,
        })];
    }

    /// <summary>The users with an affiliation, by bare JID or domain.</summary>
    /// <exception cref="StanzaException">forbidden: the list is not for who asks; bad-request: there is no such list.</exception>
    internal static IReadOnlyList<MucItem> OfAffiliation(RoomTurn turn, MucAffiliation affiliation)
    {
        if (affiliation == MucAffiliation.None)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "Of those without an affiliation, there is no list.");
        }

        if (!MayRead(turn, affiliation))
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "The list is not for you.");
        }

        return [.. turn.Room.Affiliations.With(affiliation).Select(member => affiliation == MucAffiliation.Outcast ? OfOutcast(member) : OfMember(turn.Room, member))];
    }

    private static bool MayRead(RoomTurn turn, MucAffiliation list)
    {
        var (room, own) = (turn.Room, turn.Room.Affiliations.Of(turn.From));
        return list switch
        {
            MucAffiliation.Outcast => own >= MucAffiliation.Admin,
            MucAffiliation.Member => own >= MucAffiliation.Admin || IsForMembers(room, own) || IsForRole(turn),
            _ => own == MucAffiliation.Owner || IsForMembers(room, own),
        };
    }

    // Where no address is hidden from them anyway: so clients show all members, and encrypt for those who are away (§9.5).
    private static bool IsForMembers(Room room, MucAffiliation own) => room.Configuration.IsNonAnonymous && own >= MucAffiliation.Member;

    // §15.5.3, getmemberlist: of those who see addresses, for a list is of addresses (§5.2.1).
    private static bool IsForRole(RoomTurn turn) =>
        turn.Sender is { } occupant && turn.Room.Configuration.MemberList.Contains(occupant.Role) && turn.Room.Shows(occupant.Role);

    private static MucItem OfOutcast(RoomMember member) => new() { Affiliation = member.Affiliation, Jid = member.User, Reason = member.Reason };

    // Without the role, which is optional: Converse.js (14.0.0) takes the nickname for it where both stand, and who reads the list is no moderator there any more.
    private static MucItem OfMember(Room room, RoomMember member) => new()
    {
        Affiliation = member.Affiliation,
        Jid = member.User,
        Nickname = member.Nickname ?? room.Occupants.OfUser(member.User).FirstOrDefault()?.Nickname,
    };
}
