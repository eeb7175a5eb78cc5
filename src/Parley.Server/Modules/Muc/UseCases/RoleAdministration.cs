using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Changes roles of occupants, by nickname: kick, voice, moderator status (XEP-0045 §8.2 to §8.5, §9.6 to §9.8). All that a request asks for, or nothing.</summary>
internal sealed class RoleAdministration(RoleChange change)
{
    /// <summary>Has the changes be made once the request has been answered.</summary>
    /// <returns>The answer: where something is not-allowed, the error with the items that are not.</returns>
    /// <exception cref="StanzaException">As <see cref="RoleRules.Require"/>, but for not-allowed; bad-request: a nickname is missing, or said twice; item-not-found: nobody has it.</exception>
    internal Stanza Change(RoomTurn turn, IReadOnlyList<MucItem> items)
    {
        RoleRules.RequireModerator(turn);
        var changes = new Dictionary<Occupant, MucItem>();
        var offending = new List<MucItem>();
        StanzaError? error = null;
        foreach (var item in items)
        {
            var occupant = Find(turn.Room, item);
            if (!changes.TryAdd(occupant, item))
            {
                throw new StanzaException(StanzaErrorCondition.BadRequest, "A nickname is said twice.");
            }

            try
            {
                RoleRules.Require(turn, occupant, item.Role!.Value);
            }
            catch (StanzaException refusal) when (refusal.Error.Condition == StanzaErrorCondition.NotAllowed)
            {
                offending.Add(item);
                error ??= refusal.Error;
            }
        }

        if (error is not null)
        {
            return Refusal(turn.Stanza, offending, error);
        }

        turn.AfterAnswer = async () =>
        {
            foreach (var (occupant, item) in changes)
            {
                await change.ApplyAsync(turn.Room, occupant, item.Role!.Value, Acting.Notice(turn, item.Reason), turn.Flush);
            }
        };
        return turn.Stanza.Result();
    }

    // "Along with the offending item(s)" (§8.4).
    private static Stanza Refusal(Stanza request, IReadOnlyList<MucItem> offending, StanzaError error) =>
        Stanza.Create(StanzaKind.Iq, StanzaType.Error, request.To, request.From, request.IdText, writer =>
        {
            new MucAdmin(offending).WriteTo(writer);
            error.WriteTo(writer);
        });

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
