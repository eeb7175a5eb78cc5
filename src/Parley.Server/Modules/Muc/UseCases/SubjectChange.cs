using Microsoft.Extensions.Options;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A message with a subject and neither body nor thread changes the room's subject (XEP-0045 §8.1).</summary>
internal sealed class SubjectChange(
    RoomFanOut fanOut, ReservedContent reserved, RoomRates rates, RoomStorage storage, IOptions<MucOptions> options, TimeProvider time) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers.OnMessage(IsSubject, HandleAsync);

    private static bool IsSubject(Stanza message) =>
        message.Type == StanzaType.GroupChat
        && message.HasChild("subject"u8, "jabber:client"u8)
        && !message.HasChild("body"u8, "jabber:client"u8)
        && !message.HasChild("thread"u8, "jabber:client"u8);

    private async ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var (room, session) = (turn.Room, turn.RequireSession());
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
        var message = RoomMessages.WithAuthor(reserved.Clean(room, turn.Stanza), sender.Id);
        room.Subject = new RoomSubject(message.WithAddresses(sender.Address, null), time.GetUtcNow());
        if (room.IsStored)
        {
            turn.Delivery.Until(storage.SaveAsync(room, CancellationToken.None));
        }

        await fanOut.ToAllAsync(room, message, sender.Address, turn.Flush);
    }
}
