using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>An admin answers whether a user may become a member (XEP-0045 §9.9).</summary>
internal sealed class RegistrationDecision(AffiliationChange affiliations, RoomRegistration registration, AffiliationNotices notices) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers.OnMessage(IsDecision, HandleAsync);

    private static bool IsDecision(Stanza message) =>
        message.Type is StanzaType.None or StanzaType.Normal or StanzaType.Unknown
        && message.Child(DataForm.Name) is { } element && FormOf(element) is { Type: DataFormType.Submit, FormType: RoomRegistrationForm.FormType };

    private async ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var room = turn.Room;
        if (room.Affiliations.Of(turn.From) < MucAffiliation.Admin)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "You are no admin of the room.");
        }

        var form = FormOf(turn.Stanza.Child(DataForm.Name)!.Value)!;
        if (!Jid.TryParse(form.Text(RoomRegistrationForm.User), out var user) || !user.HasLocal || form.Boolean(RoomRegistrationForm.Allow) is not { } isAllowed)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "The form says neither yes nor no to anybody.");
        }

        user = user.Bare;
        room.Applicants.Remove(user);
        if (!isAllowed)
        {
            return;
        }

        // Banned meanwhile, he has to be forgiven first.
        if (room.Affiliations.Of(user) == MucAffiliation.Outcast)
        {
            throw new StanzaException(StanzaErrorCondition.Conflict, "The user is banned from the room.");
        }

        var nickname = registration.RequireNickname(room, user, form.Text(RoomRegistrationForm.Nickname));
        var member = RoomRegistration.Registered(room, user, nickname);
        var before = room.Affiliations.Of(user);
        var concerned = await affiliations.SetAsync(room, [member]);
        foreach (var occupant in concerned)
        {
            await affiliations.TellAsync(room, occupant, PresenceNotice.Plain, turn.Flush);
        }

        if (concerned.Count == 0)
        {
            await notices.TellAsync(turn, member, before);
        }
    }

    private static DataForm? FormOf(XmlElement element)
    {
        try
        {
            return DataForm.Parse(element);
        }
        catch (StanzaException)
        {
            return null;
        }
    }
}
