using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Keeps what is said in rooms in their archives (XEP-0313), where they have one.</summary>
/// <remarks>With each message stands who its author really is; whoever may not know is shown the message without (<see cref="Hide(Stanza)"/>).</remarks>
internal sealed class RoomKeeping(IArchiveStore archive)
{
    /// <summary>Whether a room has an archive now.</summary>
    internal static bool Keeps(Room room) => room is { Configuration.IsLogged: true, IsStored: true };

    /// <summary>Keeps a message of an occupant. That it is durable is what the acknowledgement of his stanza waits for, where the room is there to stay.</summary>
    /// <exception cref="StorageOverloadedException">Too much waits already: nothing is kept.</exception>
    internal ValueTask KeepAsync(RoomTurn turn, Occupant sender, Stanza message, long id)
    {
        if (!Keeps(turn.Room))
        {
            return ValueTask.CompletedTask;
        }

        var author = new MucUser
        {
            About = new MucItem { Affiliation = turn.Room.Affiliations.Of(sender.User), Role = sender.Role, Jid = turn.From },
        };
        return KeepAsync(
            turn.Room, turn.Delivery, message.WithAppended(MucUser.Name, XmlFragment.Build(author.WriteTo, Namespaces.Client)), sender.Address, id);
    }

    /// <summary>Keeps a message of an address in the room, or of the room itself.</summary>
    /// <exception cref="StorageOverloadedException">Too much waits already: nothing is kept.</exception>
    internal ValueTask KeepAsync(Room room, Delivery delivery, Stanza message, Jid from, long id)
    {
        if (!Keeps(room))
        {
            return ValueTask.CompletedTask;
        }

        var commit = archive.AppendAsync(
            new ArchiveEntry(
                id,
                RoomMessages.ToStored(message, from),
                message.IdText,
                RoomMessages.TextOf(message),
                IsGroupChat: true,
                new ArchivePlace(room.Address, from),
                null)
            {
                IsFleeting = !room.Configuration.IsPersistent,
            },
            CancellationToken.None);
        if (commit.IsFaulted)
        {
            // Too much waits already: it is refused before anybody has got it.
            return commit;
        }

        // A room that goes with the process has nothing that could be lost.
        if (room.Configuration.IsPersistent)
        {
            delivery.Until(commit);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>A stored message without who its author really is.</summary>
    internal static Stanza Hide(Stanza message) => message.Without(static child => child.Is(MucUser.Name.LocalUtf8, MucUser.Name.NamespaceUtf8));

    /// <summary>Whether an owner of the room sent a stored message.</summary>
    internal static bool IsByOwner(Stanza stored) => stored.Child(MucUser.Name) is { } user && MucUser.Parse(user).About?.Affiliation == MucAffiliation.Owner;

    /// <summary>Reads a stored message.</summary>
    internal static Stanza Read(ArchivedMessage message) =>
        Stanza.Read(message.Stanza.Span, StanzaContext.Client()) ?? throw new InvalidOperationException("What is in the archive of a room is no message.");
}
