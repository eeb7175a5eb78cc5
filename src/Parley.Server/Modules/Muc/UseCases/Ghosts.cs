using Parley.Protocol;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A client of which an error says that it is not there any more leaves (XEP-0045 §14.1.2, §11.1); other errors go to whom they concern.</summary>
internal sealed class Ghosts(RoomFanOut fanOut, RoomRates rates, Departures departures) : IRoomUseCase
{
    private static readonly string[] Gone =
    [
        "gone", "item-not-found", "recipient-unavailable", "redirect", "remote-server-not-found", "remote-server-timeout",
    ];

    private static readonly XmlName Error = new("error", Namespaces.Client);

    public void Configure(RoomHandlers handlers) => handlers
        .OnPresence(StanzaType.Error, HandlePresenceAsync)
        .OnMessageError(HandleMessageAsync);

    /// <summary>Whether an error says that a client is not there any more.</summary>
    internal static bool IsGone(RoomTurn turn, OccupantSession session)
    {
        if (turn.Stanza.Child(Error) is not { } error)
        {
            return false;
        }

        foreach (var condition in Gone)
        {
            if (error.Child(condition, Namespaces.StanzaErrors) is not null)
            {
                return true;
            }
        }

        // What servers say of a client that is not connected (RFC 6121 §8.5.3.2); of one here it is known otherwise, and the condition means that it has blocked somebody.
        return session.Local is null && error.Child("service-unavailable", Namespaces.StanzaErrors) is not null;
    }

    private ValueTask HandlePresenceAsync(RoomTurn turn, CancellationToken cancellationToken) =>
        turn.Session is { } session && IsGone(turn, session) ? LoseAsync(turn, session) : ValueTask.CompletedTask;

    private ValueTask HandleMessageAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        if (turn.Session is not { } session)
        {
            return ValueTask.CompletedTask;
        }

        if (!IsGone(turn, session))
        {
            // Of the error alone: by text, "by" and what came back with it, the real address would be told; and whoever may not write could write.
            return turn.To.HasResource && turn.Room.Occupants.Find(turn.To) is { } recipient && rates.HasRoomForMessage(session)
                ? fanOut.SendAsync(turn.Room, recipient, RelayedErrors.WithoutAddresses(turn.Stanza), session.Occupant.Address, turn.Flush)
                : ValueTask.CompletedTask;
        }

        return LoseAsync(turn, session);
    }

    // It is told, too, in case it is there after all (XEP-0045 §11.1).
    private ValueTask LoseAsync(RoomTurn turn, OccupantSession session)
    {
        // Only of this server's own word: a client could have all users of its server put out by saying so.
        if (!turn.Delivery.IsBounce || !IsServerGone(turn.Stanza))
        {
            return departures.LeaveAsync(turn.Room, session, new PresenceNotice { Statuses = [MucStatus.TechnicalProblem] }, turn.Flush);
        }

        // Where nothing arrives, nothing is told: they leave when the turn ends, with all others of their server, for each would come to light with a stanza to all the rest.
        turn.Room.Lose(session);
        foreach (var occupant in turn.Room.Occupants.All)
        {
            foreach (var other in occupant.Sessions)
            {
                if (other.Local is null && other.Address.DomainJid.Equals(session.Address.DomainJid))
                {
                    turn.Room.Lose(other);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    private static bool IsServerGone(Stanza stanza) =>
        stanza.Child(Error) is { } error
        && (error.Child("remote-server-not-found", Namespaces.StanzaErrors) is not null || error.Child("remote-server-timeout", Namespaces.StanzaErrors) is not null);
}
