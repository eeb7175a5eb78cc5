using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Microsoft.Extensions.Options;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>What is stored of rooms: all of the persistent ones, and of those that are logged, for the archive needs an owner.</summary>
internal sealed class RoomStorage(IRoomStore store, IArchiveStore archive, MucAdmins admins, IOptions<MucOptions> options)
{
    /// <summary>Whether a room has to be in the store.</summary>
    internal static bool IsKept(Room room) => !room.IsLocked && (room.Configuration.IsPersistent || room.Configuration.IsLogged);

    /// <summary>A room as it is stored, with the end of its archive as its history; null when there is none.</summary>
    internal async ValueTask<Room?> LoadAsync(Jid address, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(address, cancellationToken) is not { } stored)
        {
            return null;
        }

        var document = RoomDocument.Parse(stored.Row.Document, options.Value.Configuration);
        if (!document.Configuration.IsPersistent)
        {
            // Nobody is in it any more: the server was stopped, or killed, while somebody was.
            await store.RemoveAsync(address, cancellationToken);
            return null;
        }

        var room = new Room(address, document.Configuration, new Affiliations(stored.Members, admins.All), new RoomHistory(address, options.Value.MaxHistoryLimit))
        {
            Subject = document.Subject,
            VCard = document.VCard,
            Hats = document.Hats,
            IsStored = true,
        };
        var page = await archive.ReadAsync(
            new ArchiveQuery(address), new ArchivePaging(options.Value.MaxHistoryLimit) { FromEnd = true, IsCounted = false }, cancellationToken);
        foreach (var message in page.Messages)
        {
            var kept = RoomKeeping.Read(message);
            var stanza = RoomKeeping.Hide(kept);
            if (!RoomMessages.IsSubject(stanza) && !RoomMessages.IsMarker(stanza))
            {
                room.History.Add(message.Id, RoomMessages.WithId(stanza, address, message.Id), RoomKeeping.IsByOwner(kept));
            }
        }

        return room;
    }

    /// <summary>Brings configuration and subject into the store, or takes the room out of it, as it has to be now. Durable when the task completes.</summary>
    internal ValueTask SaveAsync(Room room, CancellationToken cancellationToken) => SaveAsync(room, [], cancellationToken);

    /// <summary>The same, and sets what the room knows of users, in the store first: both or neither.</summary>
    internal async ValueTask SaveAsync(Room room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken)
    {
        if (!IsKept(room))
        {
            await RemoveAsync(room, cancellationToken);
        }
        else if (room.IsStored)
        {
            await store.SaveAsync(Row(room), members, cancellationToken);
        }
        else
        {
            var changed = members.Select(static member => member.User).ToHashSet();
            await store.SaveAsync(Row(room), [.. room.Affiliations.All.Where(member => !changed.Contains(member.User)), .. members], cancellationToken);
            room.IsStored = true;
        }

        foreach (var member in members)
        {
            Set(room, member);
        }
    }

    /// <summary>Sets what a room knows of users, here and, where the room is stored, there. The task is for <see cref="Routing.Delivery.Until"/>.</summary>
    internal ValueTask SetMembersAsync(Room room, params IReadOnlyCollection<RoomMember> members)
    {
        foreach (var member in members)
        {
            Set(room, member);
        }

        return room.IsStored ? store.SetMembersAsync(room.Address, members, CancellationToken.None) : ValueTask.CompletedTask;
    }

    /// <summary>The same, but in the store first: all or none are set, and durable when the task completes. For changes that are answered.</summary>
    internal async ValueTask SaveMembersAsync(Room room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken)
    {
        if (room.IsStored)
        {
            await store.SetMembersAsync(room.Address, members, cancellationToken);
        }

        foreach (var member in members)
        {
            Set(room, member);
        }
    }

    /// <summary>Takes a room out of the store, with all that is its own.</summary>
    internal async ValueTask RemoveAsync(Room room, CancellationToken cancellationToken)
    {
        if (room.IsStored)
        {
            await store.RemoveAsync(room.Address, cancellationToken);
            room.IsStored = false;
        }
    }

    // Another affiliation makes him what it makes anybody, and so does the same one given again.
    private static void Set(Room room, RoomMember member)
    {
        var before = room.Affiliations.Of(member.User);
        room.Affiliations.Set(member);
        if (room.Affiliations.Of(member.User) != before)
        {
            room.Voices.Forget(member.User);
        }
    }

    private static RoomRow Row(Room room) => new(
        room.Address, room.Configuration.Name, room.Configuration.Description, room.Configuration.IsPublic,
        new RoomDocument(room.Configuration, room.Subject, room.VCard, room.Hats).ToBytes())
    {
        IsTemporary = !room.Configuration.IsPersistent,
    };
}
