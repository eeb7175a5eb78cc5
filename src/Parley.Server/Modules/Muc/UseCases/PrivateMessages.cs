using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A message from one occupant to another (XEP-0045 §7.5): to all of his clients, of which one gets it the way of any message.</summary>
internal sealed class PrivateMessages(RoomFanOut fanOut, ReservedContent reserved, RoomRates rates, Lazy<StanzaRouter> router) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers
        .OnPrivateMessage(static message => message.Type == StanzaType.GroupChat, static (_, _) =>
            throw new StanzaException(StanzaErrorCondition.BadRequest, "A message to one occupant is none to all."))
        .OnPrivateMessage(static _ => true, HandleAsync);

    private ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var session = turn.RequireSession();
        if (turn.Room.Occupants.Find(turn.To) is not { } recipient)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "Nobody in the room has that nickname.");
        }

        // To moderators everybody may turn who may be heard at all.
        if (turn.Room.Configuration.PrivateMessages is not { } least || session.Occupant.Role < least)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "You may not write private messages in this room.");
        }

        rates.RequireMessage(session);
        return SendAsync(turn, session.Occupant, recipient);
    }

    /// <summary>Passes a message on, from its sender's address in the room.</summary>
    internal async ValueTask SendAsync(RoomTurn turn, Occupant sender, Occupant recipient)
    {
        var message = RoomMessages.WithAuthor(reserved.Clean(turn.Room, turn.Stanza), sender.Id)
            .WithAppended(static writer => writer.Start(MucUser.Name).End());
        var first = recipient.Shown;
        foreach (var session in recipient.Sessions)
        {
            if (!ReferenceEquals(session, first))
            {
                await fanOut.SendAsync(turn.Room, session, message, sender.Address, turn.Flush);
            }
        }

        // With the recipient's own rules: whom he has blocked, and what his archive keeps.
        var delivery = new Delivery(message.WithAddresses(sender.Address, first.Address), null, turn.Flush);
        await router.Value.RouteAsync(delivery, CancellationToken.None);
        if (!delivery.IsCommitted)
        {
            turn.Delivery.Until(router.Value.CommitAsync(delivery));
        }
    }
}
