using Microsoft.Extensions.Options;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>The vCard of a room, with its avatar: its owners set it, and anybody may get it (XEP-0486).</summary>
/// <remarks>That it has changed is told by status 104; and by presence of the room itself, which clients of before the XEP wait for (§5.2 of it).</remarks>
internal sealed class RoomAvatar(RoomStorage storage, RoomFanOut fanOut, IOptions<MucOptions> options) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers
        .OnIq(StanzaType.Get, RoomVCard.Name, GetAsync)
        .OnIq(StanzaType.Set, RoomVCard.Name, SetAsync)
        .Feature(RoomVCard.Namespace);

    /// <summary>Tells a client that enters which avatar the room has; nothing where it has none.</summary>
    internal ValueTask TellAsync(Room room, OccupantSession session, FlushSet flush) =>
        room.VCard is { Hashes.Count: > 0 } card ? fanOut.SendAsync(room, session, Presence(room, card), room.Address, flush) : ValueTask.CompletedTask;

    private static ValueTask<Stanza> GetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        if (turn.Room.IsLocked && turn.Session is null)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound);
        }

        return turn.Room.VCard is { } card
            ? new(turn.Stanza.Result(writer => writer.Raw(card.Document.Span)))
            : throw new StanzaException(StanzaErrorCondition.ItemNotFound, "The room has no vCard.");
    }

    private async ValueTask<Stanza> SetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        var room = turn.Room;
        if (room.Affiliations.Of(turn.From) != MucAffiliation.Owner)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "Only owners are allowed to set avatars.");
        }

        if (turn.Stanza.Payload.Length > options.Value.MaxVCardSize)
        {
            throw new StanzaException(StanzaErrorCondition.PolicyViolation, $"A room's vCard has {options.Value.MaxVCardSize} bytes at most.");
        }

        var (before, after) = (room.VCard, RoomVCard.Parse(payload));
        room.VCard = after;
        try
        {
            await storage.SaveAsync(room, CancellationToken.None);
        }
        catch
        {
            room.VCard = before;
            throw;
        }

        var notice = Stanza.Create(
            StanzaKind.Message, StanzaType.GroupChat, room.Address, null, null, new MucUser { Statuses = [MucStatus.ConfigurationChanged] }.WriteTo);
        await fanOut.ToAllAsync(room, notice, room.Address, turn.Flush);
        if (before?.Hashes.Count > 0 || after?.Hashes.Count > 0)
        {
            await fanOut.ToAllAsync(room, Presence(room, after), room.Address, turn.Flush);
        }

        return turn.Stanza.Result();
    }

    private static Stanza Presence(Room room, RoomVCard? card) => Stanza.Create(
        StanzaKind.Presence,
        StanzaType.None,
        room.Address,
        null,
        null,
        writer => writer.Start("x", "vcard-temp:x:update").Element("photo", null, card is { Hashes: [var hash, ..] } ? hash : null).End());
}
