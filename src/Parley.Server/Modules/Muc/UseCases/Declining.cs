using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>An invitation through the room is declined, also through the room (XEP-0045 §7.8.2).</summary>
/// <remarks>It reaches those who are in the room or have an affiliation there: nobody else can have invited, and to nobody else may strangers write in the room's name. Whether it has reached anybody is not told.</remarks>
internal sealed class Declining(RoomFanOut fanOut, RoomRates rates, Lazy<StanzaRouter> router) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers.OnMessage(IsDecline, DeclineAsync);

    private static bool IsDecline(Stanza message) =>
        message.Type is StanzaType.None or StanzaType.Normal or StanzaType.Unknown && message.Child(MucUser.Name)?.Child(MucUser.Decline) is not null;

    private ValueTask DeclineAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var room = turn.Room;
        var declined = MucDecline.In(turn.Stanza.Child(MucUser.Name)!.Value)!;
        if (room.Affiliations.Of(turn.From) == MucAffiliation.Outcast)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "You are banned from the room.");
        }

        rates.RequireMessage(room, turn.From.Bare);
        var inviter = declined.To ?? throw new StanzaException(StanzaErrorCondition.BadRequest, "Say whose invitation is declined.");
        var notice = Stanza.Create(
                StanzaKind.Message, StanzaType.None, room.Address, null, turn.Stanza.IdText, new MucDecline(null, turn.From.Bare, declined.Reason).WriteTo)
            .WithDefaultLanguage(turn.Stanza.Language);
        if (Find(room, inviter) is { } session)
        {
            return fanOut.SendAsync(room, session, notice, room.Address, turn.Flush);
        }

        return room.Affiliations.Of(inviter) >= MucAffiliation.Member
            ? router.Value.SendAsync(turn, notice.WithAddresses(room.Address, inviter.Bare))
            : ValueTask.CompletedTask;
    }

    // By his address in the room, or a real one.
    private static OccupantSession? Find(Room room, Jid inviter) =>
        room.Occupants.Find(inviter)?.Shown
        ?? (room.Occupants.TryFindSession(inviter, out var session) ? session : room.Occupants.OfUser(inviter).FirstOrDefault()?.Shown);
}
