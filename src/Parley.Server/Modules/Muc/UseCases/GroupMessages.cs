using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A message to all occupants (XEP-0045 §7.4): kept where it is to be, marked with the room's id of it (XEP-0359), and sent to everybody.</summary>
internal sealed class GroupMessages(
    RoomFanOut fanOut,
    ReservedContent reserved,
    RoomRates rates,
    RoomKeeping keeping,
    ArchiveId ids,
    IEnumerable<IGroupMessageExtension> extensions) : IRoomUseCase
{
    internal const string StableIdFeature = "http://jabber.org/protocol/muc#stable_id";
    private readonly IGroupMessageExtension[] _extensions = [.. extensions];

    public void Configure(RoomHandlers handlers) => handlers
        .OnMessage(static message => message.Type == StanzaType.GroupChat, HandleAsync)
        .Feature(StableIdFeature)
        .Feature(StanzaId.Namespace);

    /// <summary>The sender of a message to the room, who may speak there.</summary>
    /// <exception cref="StanzaException">not-acceptable: he is not in the room; item-not-found: the room is locked; forbidden: he has no voice.</exception>
    internal static OccupantSession RequireVoice(RoomTurn turn)
    {
        var session = turn.RequireSession();
        return turn.Room.IsLocked ? throw new StanzaException(StanzaErrorCondition.ItemNotFound, "The room is not configured yet.")
            : session.Occupant.Role < MucRole.Participant ? throw new StanzaException(StanzaErrorCondition.Forbidden, "You have no voice in this room.")
            : session;
    }

    private ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var session = RequireVoice(turn);
        rates.RequireMessage(session);
        foreach (var extension in _extensions)
        {
            extension.Require(turn, session.Occupant);
        }

        return SendAsync(turn, session.Occupant);
    }

    private async ValueTask SendAsync(RoomTurn turn, Occupant sender)
    {
        var room = turn.Room;
        var message = RoomMessages.WithAuthor(reserved.Clean(room, turn.Stanza), sender.Id);
        long? id = null;
        if (RoomMessages.IsKept(message))
        {
            id = ids.Next();
            await keeping.KeepAsync(turn, sender, message, id.Value);
            message = RoomMessages.WithId(message, room.Address, id.Value);
            if (!RoomMessages.IsMarker(message))
            {
                room.History.Add(id.Value, message.WithAddresses(sender.Address, null), room.Affiliations.Of(sender.User) == MucAffiliation.Owner);
            }
        }

        await fanOut.ToAllAsync(room, message, sender.Address, turn.Flush);
        foreach (var extension in _extensions)
        {
            extension.Sent(turn, message, id);
        }
    }
}
