using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>An occupant takes another nickname (XEP-0045 §7.6); with all his clients.</summary>
internal sealed class NicknameChange(EntryRules rules, RoomPresence presence, ReservedContent reserved, RoomRates rates)
{
    internal async ValueTask HandleAsync(RoomTurn turn, OccupantSession session)
    {
        var (room, occupant) = (turn.Room, session.Occupant);
        rates.RequirePresence(session);
        var address = rules.RequireNickname(room, occupant.User, turn.To, out var isChanged);
        if (room.Occupants.IsTaken(address.Resource!, other => ReferenceEquals(other, occupant)))
        {
            // His own, with another client: to make one of two occupants is left to him (§7.6).
            throw new StanzaException(StanzaErrorCondition.Conflict, "The nickname is that of another occupant.");
        }

        session.Presence = reserved.CleanPresence(room, turn.Stanza);
        session.Priority = PresenceChange.PriorityOf(turn.Stanza);
        session.Turn = room.NextTurn();
        await presence.AnnounceAsync(
            room,
            occupant,
            new PresenceNotice { IsUnavailable = true, NewNickname = address.Resource, Statuses = [MucStatus.NicknameChanged] },
            turn.Flush);
        room.Occupants.Rename(occupant, address);
        await presence.AnnounceAsync(
            room,
            occupant,
            new PresenceNotice { Origin = session, OriginId = turn.Stanza.IdText, OriginStatuses = isChanged ? [MucStatus.NicknameAssigned] : [] },
            turn.Flush);
    }
}
