using Parley.Protocol.Extensions.Muc;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Gives a user another affiliation: what comes of it for his role, and who hears of it (XEP-0045 §5.2.2, §9, §10.3 to §10.8). Whether it may be given is the caller's to know.</summary>
internal sealed class AffiliationChange(RoomStorage storage, RoomPresence presence, Departures departures)
{
    /// <summary>Sets what a room knows of a user, and tells the occupants. That it is durable is what the stanza's acknowledgement waits for.</summary>
    /// <param name="room">The room.</param>
    /// <param name="delivery">The stanza that asks for it.</param>
    /// <param name="member">The user as he is to be known.</param>
    /// <param name="notice">Who did it, and why.</param>
    internal async ValueTask ApplyAsync(Room room, Delivery delivery, RoomMember member, PresenceNotice notice)
    {
        delivery.Until(storage.SetMembersAsync(room, [member]));
        foreach (var occupant in room.Occupants.All)
        {
            if (occupant.User.BareEquals(member.User) || (!member.User.HasLocal && occupant.User.DomainJid.Equals(member.User)))
            {
                await UpdateAsync(room, delivery, occupant, notice);
            }
        }
    }

    private ValueTask UpdateAsync(Room room, Delivery delivery, Occupant occupant, PresenceNotice notice)
    {
        var affiliation = room.Affiliations.Of(occupant.User);
        if (affiliation == MucAffiliation.Outcast)
        {
            return departures.RemoveAsync(room, occupant, notice with { Statuses = [MucStatus.Banned] }, delivery.Flush);
        }

        if (room.Configuration.IsMembersOnly && affiliation < MucAffiliation.Member)
        {
            return departures.RemoveAsync(room, occupant, notice with { Statuses = [MucStatus.RemovedByAffiliation] }, delivery.Flush);
        }

        var wasSeen = room.Configuration.Broadcasts(occupant.Role);
        occupant.Role = RoleOf(room, occupant.Role, affiliation);
        occupant.Encoded = null;
        return presence.AnnounceAsync(room, occupant, notice with { WasSeen = wasSeen }, delivery.Flush);
    }

    // A moderator by affiliation is none without it, and who becomes a member has voice.
    private static MucRole RoleOf(Room room, MucRole role, MucAffiliation affiliation)
    {
        var byAffiliation = room.Configuration.DefaultRole(affiliation);
        return role == MucRole.Moderator || role < byAffiliation ? byAffiliation : role;
    }
}
