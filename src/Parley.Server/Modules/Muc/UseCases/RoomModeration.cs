using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A moderator retracts what somebody said (XEP-0425 0.3): the room tells everybody, and a tombstone is left of the message.</summary>
/// <remarks>It may be asked for in the form of version 0.2, too (<see cref="FastenedModeration"/>). What is told has both forms, whichever was asked in.</remarks>
internal sealed class RoomModeration(
    RoomTombstones tombstones, RoomKeeping keeping, RoomFanOut fanOut, ArchiveId ids, Lazy<RoomStanzas> rooms, Lazy<StanzaRouter> router) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers
        .OnLongIq(StanzaType.Set, Moderation.Name, (turn, _) => HandleAsync(turn, Moderation.Parse))
        .OnLongIq(StanzaType.Set, FastenedModeration.ApplyTo, (turn, _) => HandleAsync(turn, ParseFastened))
        .Feature(static _ => [Moderation.Namespace, FastenedModeration.Namespace]);

    private ValueTask HandleAsync(RoomTurn turn, Func<XmlElement, Moderation> parse)
    {
        RequireModerator(turn);
        var asked = parse(turn.Stanza.Element(turn.Stanza.Children[0]));
        Acting.RequireReason(asked.Reason);
        if (!ArchiveId.TryParse(asked.Id, out var id))
        {
            throw NotFound();
        }

        var known = turn.Room.History.Find(id);
        turn.Afterwards = () => RetractAsync(turn, asked, id, known);
        return ValueTask.CompletedTask;
    }

    // While the room goes on: where the message lies is the storage's to say.
    private async ValueTask RetractAsync(RoomTurn turn, Moderation asked, long id, Stanza? known)
    {
        var message = await tombstones.FindAsync(turn.Room, id, CancellationToken.None) ?? known ?? throw NotFound();
        if (message.Child(Retracted.Name) is null)
        {
            if (message.From?.HasResource != true || !RoomTombstones.IsLive(message) || RoomMessages.IsSubject(message))
            {
                throw new StanzaException(StanzaErrorCondition.NotAcceptable, "Only what somebody said can be retracted.");
            }

            await AnnounceAsync(turn, asked, id);
        }

        await router.Value.AnswerAsync(turn.Delivery, turn.Stanza.Result(), CancellationToken.None);
    }

    private async ValueTask AnnounceAsync(RoomTurn turn, Moderation asked, long id)
    {
        var room = turn.Room;
        Delivery? announced = null;
        await rooms.Value.RunAsync(
            room,
            () =>
            {
                announced = new Delivery(turn.Stanza, null, turn.Flush);
                return SendAsync(new RoomTurn(room, turn.Delivery), announced, asked, id);
            },
            turn.Flush);

        // What the moderator is told has happened.
        await (announced ?? throw NotFound()).CommittedAsync();
    }

    private async ValueTask SendAsync(RoomTurn turn, Delivery announced, Moderation asked, long id)
    {
        var (room, moderator) = (turn.Room, RequireModerator(turn));
        var by = new Moderated(moderator.Address, moderator.Id);
        var own = ids.Next();
        var announcement = Stanza.Create(
            StanzaKind.Message,
            StanzaType.GroupChat,
            room.Address,
            null,
            ArchiveId.ToText(own),
            writer =>
            {
                new Retraction(asked.Id, by, asked.Reason).WriteTo(writer);
                FastenedModeration.WriteAnnouncement(writer, asked.Id, moderator.Address, asked.Reason);
            });
        await keeping.KeepAsync(room, announced, announcement, room.Address, own);
        tombstones.Begin(room, announced, id, new Retracted(announcement.IdText, ArchiveId.TimeOf(own), null, by, asked.Reason), static _ => true);
        announcement = RoomMessages.WithId(announcement, room.Address, own);
        room.History.Add(own, announcement);
        await fanOut.ToAllAsync(room, announcement, room.Address, turn.Flush);
    }

    // Of what else could be fastened, a room takes none by request.
    private static Moderation ParseFastened(XmlElement payload) =>
        FastenedModeration.Parse(payload) ?? throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);

    private static Occupant RequireModerator(RoomTurn turn) =>
        turn.Sender is { Role: MucRole.Moderator } moderator ? moderator
        : throw new StanzaException(new StanzaError(StanzaErrorCondition.Forbidden, StanzaErrorType.Modify, "Retracting what others said is for moderators."));

    private static StanzaException NotFound() => new(StanzaErrorCondition.ItemNotFound, "The room has no message of that id.");
}
