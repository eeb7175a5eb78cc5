using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Requests from one occupant to another, and what is answered: neither gets to know the other's real address by it (XEP-0045 §6.6, §17.4).</summary>
/// <remarks>
/// A request goes to the client whose presence the others see. What an account's server knows – vCards, and what is published in its name – is asked of
/// the bare JID, as it would be outside of rooms. Ids are the room's own on the way, so that an answer finds the client that asked, one of several of the
/// same nickname, too.
/// </remarks>
internal sealed class IqRelay(RoomFanOut fanOut, RoomRates rates, Lazy<StanzaRouter> router) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers.OnOccupantIq(HandleAsync);

    private ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken) =>
        turn.Stanza.IsRequest ? AskAsync(turn, cancellationToken) : AnswerAsync(turn);

    private ValueTask AskAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var session = turn.Session ?? throw OccupantRequests.FromOutside(turn.Stanza);
        if (SelfPing.IsAskedFor(turn))
        {
            return router.Value.AnswerAsync(turn.Delivery, turn.Stanza.Result(), cancellationToken);
        }

        rates.RequireRequest(session);
        if (turn.Room.Occupants.Find(turn.To) is not { } recipient)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "Nobody in the room has that nickname.");
        }

        var to = IsForAccount(turn.Stanza) ? recipient.User : recipient.Shown.Address;
        var id = turn.Room.Occupants.Await(session, new RelayedRequest(turn.Stanza.IdText, turn.To, to));
        var request = turn.Stanza.WithId(id).WithAddresses(session.Occupant.Address, to);

        // An account may have to be looked up: the room goes on meanwhile.
        turn.Afterwards = () => router.Value.RouteAsync(request, null, turn.Flush, CancellationToken.None);
        return ValueTask.CompletedTask;
    }

    private ValueTask AnswerAsync(RoomTurn turn)
    {
        if (turn.Stanza.IdText is not { } id || turn.Room.Occupants.TakeAwaited(id, turn.From) is not var (session, request) || !request.Asked.HasResource)
        {
            return ValueTask.CompletedTask;
        }

        var answer = turn.Stanza.IsError ? RelayedErrors.WithoutAddresses(turn.Stanza) : turn.Stanza;
        return fanOut.SendAsync(turn.Room, session, answer.WithId(request.Id ?? ""), request.Asked, turn.Flush);
    }

    private static bool IsForAccount(Stanza request) =>
        request.HasChild("vCard"u8, "vcard-temp"u8)
        || request.HasChild("vcard"u8, "urn:ietf:params:xml:ns:vcard-4.0"u8)
        || request.HasChild("pubsub"u8, "http://jabber.org/protocol/pubsub"u8);
}
