using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Asks the admins of a room whether a user may become a member (XEP-0045 §9.9): those who are in it, or else all, when they come.</summary>
/// <remarks>The form names the user, so that an answer is good at any time; an answer is what an admin may decide anyway.</remarks>
internal sealed class RegistrationApproval(RoomFanOut fanOut, Lazy<StanzaRouter> router)
{
    // Requests that no admin has answered; they are forgotten with the room's idle memory.
    private const int MaxApplicants = 100;

    internal async ValueTask AskAsync(RoomTurn turn, DataForm submitted)
    {
        var room = turn.Room;
        if (room.Applicants.Count >= MaxApplicants || !room.Applicants.Add(turn.From.Bare))
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "The room's admins have been asked already.");
        }

        var form = Stanza.Create(
            StanzaKind.Message, StanzaType.None, room.Address, null, null, RoomRegistrationForm.ApprovalForm(submitted, turn.From.Bare).WriteTo);
        var isSeen = false;
        foreach (var occupant in room.Occupants.All)
        {
            if (room.Affiliations.Of(occupant.User) >= MucAffiliation.Admin)
            {
                isSeen = true;
                await fanOut.SendAsync(room, occupant, form, room.Address, turn.Flush);
            }
        }

        if (isSeen)
        {
            return;
        }

        foreach (var admin in room.Affiliations.All)
        {
            if (admin.Affiliation >= MucAffiliation.Admin && admin.User.HasLocal)
            {
                await router.Value.SendAsync(turn, form.WithAddresses(room.Address, admin.User));
            }
        }
    }
}
