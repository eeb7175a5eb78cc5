using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What a client is given behind the presences when it enters: the room's avatar, history, then the subject (XEP-0045 §7.1, §7.2.13 to §7.2.15).</summary>
internal sealed class RoomIntroduction(RoomFanOut fanOut, RoomAvatar avatar, TimeProvider time)
{
    internal async ValueTask SendAsync(Room room, OccupantSession session, MucHistoryRequest? asked, FlushSet flush)
    {
        await avatar.TellAsync(room, session, flush);
        foreach (var message in room.History.For(asked, room.Configuration.MaxHistory, session.Address, time.GetUtcNow()))
        {
            await fanOut.SendAsync(room, session, message, message.From!, flush);
        }

        var subject = SubjectOf(room);
        await fanOut.SendAsync(room, session, subject, subject.From!, flush);
    }

    // Of times, the room's alone (§7.2.15).
    private static Stanza SubjectOf(Room room) => room.Subject is { } subject
        ? RoomMessages.WithoutDelay(subject.Message).WithAppended(new DelayedDelivery(subject.Since, room.Address).WriteTo)
        : Stanza.Create(StanzaKind.Message, StanzaType.GroupChat, room.Address, null, null, static writer => writer.Element("subject"));
}
