using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>A moderator retracts what somebody said (XEP-0425 0.3): the room tells everybody, and a tombstone is left of the message.</summary>
internal sealed class RoomModeration(
    RoomTombstones tombstones, RoomKeeping keeping, RoomFanOut fanOut, ArchiveId ids, Lazy<RoomStanzas> rooms, Lazy<StanzaRouter> router) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers
        .OnLongIq(StanzaType.Set, Moderation.Name, HandleAsync)
        .Feature(static _ => [Moderation.Namespace]);

    private ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        RequireModerator(turn);
        var asked = Moderation.Parse(turn.Stanza.Element(turn.Stanza.Children[0]));
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
            StanzaKind.Message, StanzaType.GroupChat, room.Address, null, ArchiveId.ToText(own), new Retraction(asked.Id, by, asked.Reason).WriteTo);
        await keeping.KeepAsync(room, announced, announcement, room.Address, own);
        tombstones.Begin(room, announced, id, new Retracted(announcement.IdText, ArchiveId.TimeOf(own), null, by, asked.Reason), static _ => true);
        announcement = RoomMessages.WithId(announcement, room.Address, own);
        room.History.Add(own, announcement);
        await fanOut.ToAllAsync(room, announcement, room.Address, turn.Flush);
    }

    private static Occupant RequireModerator(RoomTurn turn) =>
        turn.Sender is { Role: MucRole.Moderator } moderator ? moderator
        : throw new StanzaException(new StanzaError(StanzaErrorCondition.Forbidden, StanzaErrorType.Modify, "Retracting what others said is for moderators."));

    private static StanzaException NotFound() => new(StanzaErrorCondition.ItemNotFound, "The room has no message of that id.");
}
