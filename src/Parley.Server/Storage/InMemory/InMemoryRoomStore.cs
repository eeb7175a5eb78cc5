using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;

namespace Parley.Server.Storage.InMemory;

internal sealed class InMemoryRoomStore(InMemoryRoomRegistry rooms) : IRoomStore
{
    public ValueTask<StoredRoom?> FindAsync(Jid room, CancellationToken cancellationToken)
    {
        if (!rooms.TryGet(room, out InMemoryRoom? found))
            return ValueTask.FromResult<StoredRoom?>(null);
        lock (found)
            return ValueTask.FromResult<StoredRoom?>(new StoredRoom(found.Row, [.. found.Members.Values]));
    }

    public ValueTask SaveAsync(RoomRow room, CancellationToken cancellationToken) => SaveAsync(room, [], cancellationToken);

    public ValueTask SaveAsync(RoomRow room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken)
    {
        RoomRow row = room with { Address = room.Address.Bare };
        InMemoryRoom saved = rooms.GetOrAdd(row);
        lock (saved)
        {
            saved.Row = row;
            Set(saved, members);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask SetMembersAsync(Jid room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken)
    {
        if (!rooms.TryGet(room, out InMemoryRoom? found))
            return ValueTask.FromException(new RoomNotFoundException(room.Bare));
        lock (found)
            Set(found, members);
        return ValueTask.CompletedTask;
    }

    public ValueTask<bool> RemoveAsync(Jid room, CancellationToken cancellationToken) => ValueTask.FromResult(rooms.Remove(room));

    public ValueTask<IReadOnlyList<RoomRow>> ListAsync(string service, RoomListQuery query, RoomListPage page, CancellationToken cancellationToken)
    {
        List<RoomRow> found = Found(service, query);
        var taken = page.FromEnd ? found.TakeLast(page.Max) : found.Take(page.Max);
        return ValueTask.FromResult<IReadOnlyList<RoomRow>>([.. page.OmitsDocuments ? taken.Select(static room => room with { Document = default }) : taken]);
    }

    public ValueTask<int> CountAsync(string service, RoomListQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Found(service, query).Count);

    public ValueTask<IReadOnlyList<RoomOfUser>> OfUserAsync(Jid user, CancellationToken cancellationToken)
    {
        var found = new List<RoomOfUser>();
        foreach (InMemoryRoom room in rooms.Rooms)
        {
            lock (room)
            {
                if (room.Members.TryGetValue(user.Bare, out RoomMember? member))
                    found.Add(new RoomOfUser(room.Row.Address, member));
            }
        }

        found.Sort(static (left, right) => left.Room.Utf8.SequenceCompareTo(right.Room.Utf8));
        return ValueTask.FromResult<IReadOnlyList<RoomOfUser>>(found);
    }

    private static void Set(InMemoryRoom room, IReadOnlyCollection<RoomMember> members)
    {
        foreach (RoomMember member in members)
        {
            Jid user = member.User.Bare;
            if (member is { Affiliation: MucAffiliation.None, Nickname: null })
                room.Members.Remove(user);
            else
                room.Members[user] = member with { User = user };
        }
    }

    private static bool Fits(InMemoryRoom room, RoomListQuery query, IReadOnlyList<string>? sought)
    {
        RoomRow row = room.Row;
        return (query.IsPublic ?? row.IsPublic) == row.IsPublic
            && (query.IsTemporary ?? row.IsTemporary) == row.IsTemporary
            && (query.After is not { } after || row.Address.Utf8.SequenceCompareTo(after.Bare.Utf8) > 0)
            && (query.Before is not { } before || row.Address.Utf8.SequenceCompareTo(before.Bare.Utf8) < 0)
            && (query.Owner is not { } owner || (room.Members.TryGetValue(owner.Bare, out RoomMember? member) && member.Affiliation == MucAffiliation.Owner))
            && (sought is null || (sought.Count > 0 && RoomWords.Of(row) is var words && sought.All(word => words.Contains(word, StringComparison.Ordinal))));
    }

    private List<RoomRow> Found(string service, RoomListQuery query)
    {
        IReadOnlyList<string>? sought = query.Text is { } text ? RoomWords.Sought(text) : null;
        var found = new List<RoomRow>();
        foreach (InMemoryRoom room in rooms.Rooms)
        {
            lock (room)
            {
                if (room.Row.Address.Domain == service && Fits(room, query, sought))
                    found.Add(room.Row);
            }
        }

        found.Sort(static (left, right) => left.Address.Utf8.SequenceCompareTo(right.Address.Utf8));
        return found;
    }
}
