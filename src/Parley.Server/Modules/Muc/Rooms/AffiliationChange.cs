using Parley.Protocol.Extensions.Muc;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Gives users another affiliation: what comes of it for their roles, and who hears of it (XEP-0045 §5.2.2, §9, §10.3 to §10.8). Whether it may be given is the caller's to know.</summary>
internal sealed class AffiliationChange(RoomStorage storage, RoomPresence presence, Departures departures)
{
    /// <summary>Sets what a room knows of a user, and tells the occupants. That it is durable is what the stanza's acknowledgement waits for.</summary>
    /// <param name="room">The room.</param>
    /// <param name="delivery">The stanza that asks for it.</param>
    /// <param name="member">The user as he is to be known.</param>
    /// <param name="notice">Who did it, and why.</param>
    internal async ValueTask ApplyAsync(Room room, Delivery delivery, RoomMember member, PresenceNotice notice)
    {
        var concerned = Concerned(room, [member]);
        delivery.Until(storage.SetMembersAsync(room, [member]));
        foreach (var occupant in concerned)
        {
            await TellAsync(room, occupant, notice, delivery.Flush);
        }
    }

    /// <summary>Sets what a room knows of users, all or none; durable when the task completes. Nobody is told yet.</summary>
    /// <returns>The occupants whom <see cref="TellAsync"/> is to be called for, in the same turn.</returns>
    internal async ValueTask<IReadOnlyList<ConcernedOccupant>> SetAsync(Room room, IReadOnlyCollection<RoomMember> members)
    {
        var concerned = Concerned(room, members);
        await storage.SaveMembersAsync(room, members, CancellationToken.None);
        return concerned;
    }

    /// <summary>Has an occupant be what his affiliation makes him, or go where he may not stay, and tells everybody; nothing where it is what it was.</summary>
    internal ValueTask TellAsync(Room room, ConcernedOccupant concerned, PresenceNotice notice, FlushSet flush)
    {
        var occupant = concerned.Occupant;
        var affiliation = room.Affiliations.Of(occupant.User);
        if (affiliation == concerned.Before)
        {
            return ValueTask.CompletedTask;
        }

        if (affiliation == MucAffiliation.Outcast)
        {
            return departures.RemoveAsync(room, occupant, notice with { Statuses = [MucStatus.Banned] }, flush);
        }

        // Once, as gone, and not first as no member (§9.4).
        if (room.Configuration.IsMembersOnly && affiliation < MucAffiliation.Member)
        {
            return departures.RemoveAsync(room, occupant, notice with { Statuses = [MucStatus.RemovedByAffiliation] }, flush);
        }

        occupant.Role = RoleOf(room, occupant.Role, concerned.Before, affiliation);
        occupant.Encoded = null;
        return presence.AnnounceAsync(room, occupant, notice, flush);
    }

    /// <summary>The occupants whose affiliation may change by what is about to be set, with the one that they have.</summary>
    internal static IReadOnlyList<ConcernedOccupant> Concerned(Room room, IReadOnlyCollection<RoomMember> members)
    {
        var byUser = members.ToDictionary(static member => member.User);
        var concerned = new List<ConcernedOccupant>();
        foreach (var occupant in room.Occupants.All)
        {
            if (byUser.TryGetValue(occupant.User, out var member) || byUser.TryGetValue(occupant.User.DomainJid, out member))
            {
                concerned.Add(new ConcernedOccupant(occupant, room.Affiliations.Of(occupant.User), member));
            }
        }

        return concerned;
    }

    // A moderator by affiliation is none without it, one by role stays one; who becomes a member has voice.
    private static MucRole RoleOf(Room room, MucRole role, MucAffiliation before, MucAffiliation affiliation)
    {
        var byAffiliation = room.Configuration.DefaultRole(affiliation);
        return before >= MucAffiliation.Admin || role < byAffiliation ? byAffiliation : role;
    }
}

/// <summary>An occupant whose affiliation may have changed.</summary>
/// <param name="Occupant">The occupant.</param>
/// <param name="Before">His affiliation before.</param>
/// <param name="Member">What was set: of himself, or of his domain.</param>
internal readonly record struct ConcernedOccupant(Occupant Occupant, MucAffiliation Before, RoomMember Member);
