using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Who may give whom which role (XEP-0045 §5.1.1, §5.1.3, §8.2 to §8.4, §9.6, §9.7).</summary>
internal static class RoleRules
{
    /// <summary>Whether somebody has a moderator's rights: admins have them, wherever they are.</summary>
    internal static bool IsModerator(RoomTurn turn) =>
        turn.Sender?.Role == MucRole.Moderator || turn.Room.Affiliations.Of(turn.From) >= MucAffiliation.Admin;

    /// <exception cref="StanzaException">forbidden: he is no moderator.</exception>
    internal static void RequireModerator(RoomTurn turn)
    {
        if (!IsModerator(turn))
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "You are no moderator of this room.");
        }
    }

    /// <exception cref="StanzaException">forbidden: he is neither admin nor owner.</exception>
    internal static void RequireAdmin(RoomTurn turn)
    {
        if (turn.Room.Affiliations.Of(turn.From) < MucAffiliation.Admin)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "You are no admin of this room.");
        }
    }

    /// <summary>Lets a moderator give an occupant a role, or not.</summary>
    /// <exception cref="StanzaException">not-allowed, forbidden, conflict: as the sections say.</exception>
    internal static void Require(RoomTurn turn, Occupant occupant, MucRole role)
    {
        RequireModerator(turn);
        var (own, his) = (turn.Room.Affiliations.Of(turn.From), turn.Room.Affiliations.Of(occupant.User));
        switch (role)
        {
            case MucRole.None when ReferenceEquals(occupant, turn.Sender):
                throw new StanzaException(StanzaErrorCondition.Conflict, "To go, leave.");

            // §8.2; moderators are for admins to kick (§5.1.3).
            case MucRole.None when own < his || (occupant.Role == MucRole.Moderator && own < MucAffiliation.Admin):
                throw new StanzaException(StanzaErrorCondition.NotAllowed, "You may not kick this occupant.");

            // They are moderators by affiliation (§8.4, §9.7).
            case MucRole.Visitor or MucRole.Participant when his >= MucAffiliation.Admin:
                throw new StanzaException(StanzaErrorCondition.NotAllowed, "Admins and owners are moderators.");

            // §8.4: at the moderator's level or above.
            case MucRole.Visitor when his >= own && occupant.Role != MucRole.Visitor:
                throw new StanzaException(StanzaErrorCondition.NotAllowed, "You may not revoke the voice of this occupant.");
        }

        // §9.6, §9.7.
        if (role == MucRole.Moderator || (role != MucRole.None && occupant.Role == MucRole.Moderator))
        {
            RequireAdmin(turn);
        }
    }
}
