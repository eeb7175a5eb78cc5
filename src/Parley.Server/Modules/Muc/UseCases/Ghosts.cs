using Parley.Protocol;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A client of which an error says that it is not there any more leaves (XEP-0045 §14.1.2, §11.1); other errors go to whom they concern.</summary>
internal sealed class Ghosts(Departures departures, RoomFanOut fanOut, ReservedContent reserved) : IRoomUseCase
{
    private static readonly string[] Gone =
    [
        "gone", "item-not-found", "recipient-unavailable", "redirect", "remote-server-not-found", "remote-server-timeout",
    ];

    public void Configure(RoomHandlers handlers) => handlers
        .OnPresence(StanzaType.Error, HandlePresenceAsync)
        .OnMessageError(HandleMessageAsync);

    /// <summary>Whether an error says that a client is not there any more.</summary>
    internal static bool IsGone(RoomTurn turn, OccupantSession session)
    {
        if (turn.Stanza.Child(new XmlName("error", Namespaces.Client)) is not { } error)
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
        turn.Session is { } session && IsGone(turn, session) ? LeaveAsync(turn, session) : ValueTask.CompletedTask;

    private ValueTask HandleMessageAsync(RoomTurn turn, CancellationToken cancellationToken) =>
        turn.Session is not { } session ? ValueTask.CompletedTask
        : IsGone(turn, session) ? LeaveAsync(turn, session)
        : turn.To.HasResource && turn.Room.Occupants.Find(turn.To) is { } recipient
            ? fanOut.SendAsync(turn.Room, recipient, reserved.Clean(turn.Room, turn.Stanza), session.Occupant.Address, turn.Flush)
        : ValueTask.CompletedTask;

    private ValueTask LeaveAsync(RoomTurn turn, OccupantSession session)
    {
        session.IsLost = true;
        return departures.LeaveAsync(turn.Room, session, new PresenceNotice { Statuses = [MucStatus.TechnicalProblem] }, turn.Flush);
    }
}
