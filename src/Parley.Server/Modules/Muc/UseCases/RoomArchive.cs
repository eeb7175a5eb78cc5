using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Archive;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What a room answers about its archive (XEP-0313 §4, §5), to whoever may enter it at that time (§6.1.2). The room goes on meanwhile.</summary>
internal sealed class RoomArchive(ArchiveQueries queries, Lazy<StanzaRouter> router, TimeProvider time) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers
        .OnIq(StanzaType.Get, MessageArchive.Query, FormAsync)
        .OnLongIq(StanzaType.Set, MessageArchive.Query, QueryAsync)
        .OnLongIq(StanzaType.Get, MessageArchive.Metadata, MetadataAsync)
        .Feature(static room => !room.Configuration.IsLogged ? [] :
        [
            MessageArchive.Namespace,
            MessageArchive.ExtendedFeature,
            MessageArchive.FullTextNamespace,
            ResultSet.Namespace,
        ]);

    private static ValueTask<Stanza> FormAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        RequireReader(turn);
        return new(ArchiveQueries.Form(turn.Stanza, ArchiveFilter.RoomForm));
    }

    private ValueTask QueryAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        RequireReader(turn);
        var reader = new RoomReader(turn.Delivery, turn.Room.Shows(RoleOf(turn)), router.Value, time);
        turn.Afterwards = async () =>
        {
            var payload = turn.Stanza.Element(turn.Stanza.Children[0]);
            var end = await queries.QueryAsync(turn.Stanza, payload, reader, CancellationToken.None);
            await router.Value.AnswerAsync(turn.Delivery, end, CancellationToken.None);
        };
        return ValueTask.CompletedTask;
    }

    private ValueTask MetadataAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        RequireReader(turn);
        turn.Afterwards = async () => await router.Value.AnswerAsync(
            turn.Delivery, await queries.MetadataAsync(turn.Stanza, CancellationToken.None), CancellationToken.None);
        return ValueTask.CompletedTask;
    }

    /// <summary>Lets whoever may enter the room read what was said there. Into a room with a password that are its occupants and those with an affiliation.</summary>
    /// <exception cref="StanzaException">forbidden: he may not (§7.1); item-not-found: the room is not there yet; service-unavailable: it keeps no archive.</exception>
    private static void RequireReader(RoomTurn turn)
    {
        var (room, affiliation) = (turn.Room, turn.Room.Affiliations.Of(turn.From));
        if (room.IsLocked && !turn.From.BareEquals(room.LockedBy!))
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound);
        }

        var isOpen = room.Configuration is { IsMembersOnly: false, Password: null };
        if (affiliation == MucAffiliation.Outcast
            || (affiliation < MucAffiliation.Member && !isOpen && (room.Configuration.IsMembersOnly || turn.Session is null)))
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "The archive is for those who may enter the room.");
        }

        if (!room.Configuration.IsLogged)
        {
            throw new StanzaException(StanzaErrorCondition.ServiceUnavailable, "The room keeps no archive.");
        }
    }

    private static MucRole RoleOf(RoomTurn turn) => turn.Sender?.Role ?? turn.Room.Configuration.DefaultRole(turn.Room.Affiliations.Of(turn.From));
}
