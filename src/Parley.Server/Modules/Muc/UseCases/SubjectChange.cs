using Microsoft.Extensions.Options;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A message with a subject and neither body nor thread changes the room's subject (XEP-0045 §8.1).</summary>
internal sealed class SubjectChange(
    RoomFanOut fanOut,
    ReservedContent reserved,
    RoomRates rates,
    RoomStorage storage,
    RoomKeeping keeping,
    ArchiveId ids,
    IOptions<MucOptions> options,
    TimeProvider time) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers.OnMessage(RoomMessages.IsSubject, HandleAsync);

    private async ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var room = turn.Room;
        // Who is not there may change nothing: §8.1 has one error for all who may not.
        var session = turn.Session ?? throw new StanzaException(StanzaErrorCondition.Forbidden, "You are not in the room.");
        var sender = session.Occupant;
        if (room.IsLocked)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "The room is not configured yet.");
        }

        if (sender.Role < (room.Configuration.MayChangeSubject ? MucRole.Participant : MucRole.Moderator))
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "You may not change the subject.");
        }

        if (turn.Stanza.Payload.Length > options.Value.MaxSubjectLength)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"A subject has {options.Value.MaxSubjectLength} bytes at most.");
        }

        rates.RequireMessage(session);
        RoomRetraction.RequireOwnWords(turn.Stanza);
        var message = RoomMessages.WithAuthor(reserved.Clean(room, turn.Stanza), sender.Id);
        if (RoomMessages.MayKeep(message))
        {
            // Not in the history: there it would be taken for its end (§7.2.15).
            var id = ids.Next();
            await keeping.KeepAsync(turn, sender, message, id);
            message = RoomMessages.WithId(message, room.Address, id);
        }

        room.Subject = new RoomSubject(message.WithAddresses(sender.Address, null), time.GetUtcNow());
        if (room.IsStored)
        {
            turn.Delivery.Until(storage.SaveAsync(room, CancellationToken.None));
        }

        await fanOut.ToAllAsync(room, message, sender.Address, turn.Flush);
    }
}
