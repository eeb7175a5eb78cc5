using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>An occupant retracts what he said himself (XEP-0424): everybody hears of it, and a tombstone is left of the message.</summary>
/// <remarks>He is known by his occupant id, so that he may have taken another nickname meanwhile. A retraction without an id of its own leaves none, for the tombstone has to name it.</remarks>
internal sealed class RoomRetraction(RoomTombstones tombstones) : IRoomUseCase, IGroupMessageExtension
{
    public void Configure(RoomHandlers handlers) => handlers
        .Feature(static room => room.Configuration.IsLogged ? [Retraction.Namespace, Retraction.TombstoneFeature] : [Retraction.Namespace]);

    /// <exception cref="StanzaException">not-acceptable: the message passes itself off as a moderator's retraction, or as what is left of another message, which are the room's to send (XEP-0425 §5).</exception>
    public void Require(RoomTurn turn, Occupant sender) => RequireOwnWords(turn.Stanza);

    /// <summary>The same of what an occupant says to all in any other way.</summary>
    /// <exception cref="StanzaException">As <see cref="Require"/>.</exception>
    internal static void RequireOwnWords(Stanza message)
    {
        var children = message.Children;
        for (var i = 0; i < children.Count; i++)
        {
            if (IsForTheRoom(message, children[i]))
            {
                throw new StanzaException(StanzaErrorCondition.NotAcceptable, "That is for the room to say.");
            }
        }
    }

    public void Sent(RoomTurn turn, Stanza message, long? id)
    {
        if (id is not { } own
            || message.IdText is not { } by
            || message.Child(Retraction.Name)?.Attribute("id") is not { } text
            || !ArchiveId.TryParse(text, out var retracted))
        {
            return;
        }

        var author = turn.Sender!.Id;
        tombstones.Begin(turn.Room, turn.Delivery, retracted, new Retracted(by, ArchiveId.TimeOf(own)), original => original.Child(OccupantId.Name)?.Attribute("id") == author);
    }

    // In the words of either version of XEP-0425, and however often it comes.
    private static bool IsForTheRoom(Stanza message, StanzaChild child) =>
        child.Is(Retracted.Name.LocalUtf8, Retracted.Name.NamespaceUtf8)
        || child.NamespaceUri.Span.SequenceEqual(FastenedModeration.Moderated.NamespaceUtf8)
        || (child.Is(Retraction.Name.LocalUtf8, Retraction.Name.NamespaceUtf8) && message.Element(child).Child(Moderated.Name) is not null)
        || (child.Is(FastenedModeration.ApplyTo.LocalUtf8, FastenedModeration.ApplyTo.NamespaceUtf8) && FastenedModeration.IsAnnouncement(message.Element(child)));
}
