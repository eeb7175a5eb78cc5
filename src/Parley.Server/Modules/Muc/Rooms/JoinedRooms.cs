using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Which rooms the clients are in: a user is in so many at most, and a session of this server that ends leaves all of its own.</summary>
internal sealed class JoinedRooms(IOptions<MucOptions> options)
{
    // As many entries as users are in rooms.
    private readonly ConcurrentDictionary<Jid, int> _counts = new();
    private SessionSlot<ConcurrentDictionary<Room, byte>>? _slot;

    internal void Configure(SessionSlot<ConcurrentDictionary<Room, byte>> slot) => _slot = slot;

    /// <summary>The rooms that a session of this server is in.</summary>
    internal IEnumerable<Room> Of(ClientSession session) => session.Get(_slot!)?.Keys ?? [];

    /// <summary>Notes that a client enters a room.</summary>
    /// <exception cref="StanzaException">resource-constraint: the user is in as many as he may.</exception>
    internal void Add(OccupantSession session, Room room)
    {
        var count = _counts.AddOrUpdate(session.Occupant.User, 1, static (_, count) => count + 1);
        if (options.Value.MaxRoomsJoined is var most and > 0 && count > most)
        {
            Release(session.Occupant.User);
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"One user is in {most} rooms at most.");
        }

        Attach(session.Local, room);
    }

    /// <summary>Notes that a session of this server is in a room, which was counted before.</summary>
    internal void Attach(ClientSession? local, Room room)
    {
        if (local is null)
        {
            return;
        }

        var rooms = local.Get(_slot!);
        if (rooms is null)
        {
            local.Set(_slot!, rooms = new());
        }

        rooms.TryAdd(room, 0);
    }

    /// <summary>Notes that a client has left a room.</summary>
    internal void Remove(OccupantSession session, Room room)
    {
        Release(session.Occupant.User);
        session.Local?.Get(_slot!)?.TryRemove(room, out _);
    }

    private void Release(Jid user)
    {
        // Never below one: the last takes the entry away.
        while (_counts.TryGetValue(user, out var count))
        {
            if (count > 1 ? _counts.TryUpdate(user, count - 1, count) : _counts.TryRemove(new(user, count)))
            {
                return;
            }
        }
    }
}
