using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Changes roles of occupants, by nickname: kick, voice, moderator status (XEP-0045 §8.2 to §8.5, §9.6 to §9.8). All that a request asks for, or nothing.</summary>
internal sealed class RoleAdministration(RoleChange change)
{
    /// <summary>Has the changes be made once the request has been answered.</summary>
    /// <exception cref="StanzaException">As <see cref="RoleRules.Require"/>; bad-request: a nickname is missing, or said twice; item-not-found: nobody has it.</exception>
    internal void Change(RoomTurn turn, IReadOnlyList<MucItem> items)
    {
        RoleRules.RequireModerator(turn);
        var changes = new Dictionary<Occupant, MucItem>();
        foreach (var item in items)
        {
            var occupant = Find(turn.Room, item);
            if (!changes.TryAdd(occupant, item))
            {
                throw new StanzaException(StanzaErrorCondition.BadRequest, "A nickname is said twice.");
            }

            RoleRules.Require(turn, occupant, item.Role!.Value);
        }

        turn.AfterAnswer = async () =>
        {
            foreach (var (occupant, item) in changes)
            {
                await change.ApplyAsync(turn.Room, occupant, item.Role!.Value, Acting.Notice(turn, item.Reason), turn.Flush);
            }
        };
    }

    private static Occupant Find(Room room, MucItem item)
    {
        if (string.IsNullOrEmpty(item.Nickname))
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "The attribute 'nick' is needed.");
        }

        Acting.RequireReason(item.Reason);
        return Acting.FindOccupant(room, item.Nickname)
            ?? throw new StanzaException(StanzaErrorCondition.ItemNotFound, "Nobody in the room has that nickname.");
    }
}
