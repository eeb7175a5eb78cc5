using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A visitor asks for voice, the moderators are asked, and one of them grants it (XEP-0045 §7.13, §8.6).</summary>
internal sealed class VoiceRequests(RoomFanOut fanOut, RoleChange change, RoomRates rates) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers.OnMessage(IsForm, HandleAsync);

    // One that is cancelled does not say what it was (XEP-0004 §3.1).
    private static bool IsForm(Stanza message)
    {
        if (message.Type == StanzaType.GroupChat || message.Child(DataForm.Name) is not { } element)
        {
            return false;
        }

        var form = DataForm.Parse(element);
        return form.Type == DataFormType.Cancel || form.FormType == VoiceRequest.FormType;
    }

    private ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var session = turn.RequireSession();
        rates.RequireMessage(session);

        return VoiceRequest.Of(DataForm.Parse(turn.Stanza.Child(DataForm.Name)!.Value)) is not { } form ? ValueTask.CompletedTask
            : form.IsAllowed is { } isAllowed ? DecideAsync(turn, form, isAllowed)
            : AskAsync(turn, session);
    }

    private async ValueTask AskAsync(RoomTurn turn, OccupantSession session)
    {
        var (room, occupant) = (turn.Room, session.Occupant);
        if (occupant.Role != MucRole.Visitor)
        {
            throw new StanzaException(StanzaErrorCondition.Conflict, "You have voice.");
        }

        var moderators = room.Occupants.All.Where(static other => other.Role == MucRole.Moderator).ToList();
        if (moderators.Count == 0)
        {
            throw new StanzaException(StanzaErrorCondition.RecipientUnavailable, "There is no moderator in the room.");
        }

        var request = new VoiceRequest(session.Address, occupant.Nickname);
        var message = Stanza.Create(
            StanzaKind.Message, StanzaType.None, room.Address, null, Guid.NewGuid().ToString(), request.ToApprovalForm().WriteTo);
        foreach (var moderator in moderators)
        {
            await fanOut.SendAsync(room, moderator, message, room.Address, turn.Flush);
        }
    }

    private ValueTask DecideAsync(RoomTurn turn, VoiceRequest form, bool isAllowed)
    {
        RoleRules.RequireModerator(turn);
        var occupant = Find(turn.Room, form)
            ?? throw new StanzaException(StanzaErrorCondition.ItemNotFound, "He is not in the room any more.");

        // Another moderator may have been first.
        return isAllowed && occupant.Role == MucRole.Visitor
            ? change.ApplyAsync(turn.Room, occupant, MucRole.Participant, Acting.Notice(turn, null), turn.Flush)
            : ValueTask.CompletedTask;
    }

    // By the client that asked; by the nickname if that has another now, and is still the same user's.
    private static Occupant? Find(Room room, VoiceRequest form)
    {
        if (form.User is { } user && room.Occupants.TryFindSession(user, out var session))
        {
            return session.Occupant;
        }

        var occupant = form.Nickname is { } nickname ? Acting.FindOccupant(room, nickname) : null;
        return form.User is null || occupant?.User.BareEquals(form.User) == true ? occupant : null;
    }
}
