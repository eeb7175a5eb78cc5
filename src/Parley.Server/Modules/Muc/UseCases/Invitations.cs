using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Invitations through the room (XEP-0045 §7.8.2, §7.9): with its password, and into a members-only room with membership.</summary>
internal sealed class Invitations(
    AffiliationChange affiliations,
    RoomRates rates,
    RoomFanOut fanOut,
    DomainTable domains,
    IAccountStore accounts,
    IOptions<MucOptions> options,
    Lazy<StanzaRouter> router) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers
        .OnMessage(IsInvitation, InviteAsync)
        .OnMessageError(HandleErrorAsync);

    private static bool IsInvitation(Stanza message) =>
        message.Type is StanzaType.None or StanzaType.Normal or StanzaType.Unknown && message.Child(MucUser.Name)?.Child(MucUser.Invite) is not null;

    private async ValueTask InviteAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var room = turn.Room;
        var session = turn.Session ?? throw new StanzaException(StanzaErrorCondition.Forbidden, "You are not in the room.");
        if (room.IsLocked)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "The room is not configured yet.");
        }

        if (!MayInvite(room, session.Occupant))
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "You may not invite anybody into this room.");
        }

        var invitations = MucInvitations.In(turn.Stanza.Child(MucUser.Name)!.Value)!.Invitations;
        // Each is a message to somebody else.
        rates.RequireMessages(session, invitations.Count);
        foreach (var invitation in invitations)
        {
            await RequireInviteeAsync(room, invitation.To, cancellationToken);
        }

        if (room.Configuration.IsMembersOnly
            && room.Affiliations.All.Count + invitations.Count(invitation => room.Affiliations.Find(invitation.To!) is null) > options.Value.MaxAffiliations)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "The room has as many members as it may have.");
        }

        foreach (var invitation in invitations)
        {
            await AdmitAsync(turn, invitation.To!);
            await SendAsync(turn, session, invitation);
        }
    }

    // Where membership comes with the invitation, it is for those who may give that (§7.8.2), and for members if the owner says so (muc#roomconfig_allowinvites).
    private static bool MayInvite(Room room, Occupant inviter)
    {
        var affiliation = room.Affiliations.Of(inviter.User);
        return affiliation >= MucAffiliation.Admin
            || (room.Configuration.IsMembersOnly
                ? room.Configuration.MayInvite && affiliation == MucAffiliation.Member
                : room.Configuration.MayInvite || inviter.Role == MucRole.Moderator);
    }

    // All of them, before anybody is invited.
    private async ValueTask RequireInviteeAsync(Room room, Jid? invitee, CancellationToken cancellationToken)
    {
        if (invitee is not { HasLocal: true })
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "Say who is invited.");
        }

        if (room.Affiliations.Of(invitee) == MucAffiliation.Outcast)
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed, "Who is banned cannot be invited.");
        }

        if (domains.TryFind(invitee.DomainJid, out var target) && target.HasAccounts && !await accounts.ExistsAsync(invitee.Bare, cancellationToken))
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "There is nobody of that address.");
        }
    }

    private ValueTask AdmitAsync(RoomTurn turn, Jid invitee)
    {
        var room = turn.Room;
        return room.Configuration.IsMembersOnly && room.Affiliations.Of(invitee) == MucAffiliation.None
            ? affiliations.ApplyAsync(
                room, turn.Delivery, new RoomMember(invitee.Bare, MucAffiliation.Member, room.Affiliations.Find(invitee)?.Nickname, null), PresenceNotice.Plain)
            : ValueTask.CompletedTask;
    }

    private ValueTask SendAsync(RoomTurn turn, OccupantSession inviter, MucInvitation invitation)
    {
        var room = turn.Room;
        var content = new MucInvitations(
            [new MucInvitation(null, inviter.Occupant.User, invitation.Reason, invitation.Continued)], room.Configuration.Password);

        // The id is the room's own: what comes back is told to the inviter alone.
        var id = room.Occupants.Await(inviter, new RelayedRequest(turn.Stanza.IdText, room.Address, invitation.To!));
        var message = Stanza.Create(StanzaKind.Message, StanzaType.None, room.Address, invitation.To, id, content.WriteTo)
            .WithDefaultLanguage(turn.Stanza.Language);
        return router.Value.SendAsync(turn, message);
    }

    private ValueTask HandleErrorAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        if (turn.To.HasResource || turn.Stanza.IdText is not { } id || turn.Room.Occupants.TakeAwaited(id, turn.From) is not var (session, invitation))
        {
            return ValueTask.CompletedTask;
        }

        var error = RelayedErrors.WithoutAddresses(turn.Stanza);
        return fanOut.SendAsync(turn.Room, session, invitation.Id is { } own ? error.WithId(own) : error, invitation.Asked, turn.Flush);
    }
}
