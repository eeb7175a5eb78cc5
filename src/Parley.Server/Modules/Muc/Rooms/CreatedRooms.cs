using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>The rooms in memory that were made in this process, by who made them: so that his next one costs no look at everybody's.</summary>
internal sealed class CreatedRooms
{
    private readonly Dictionary<Jid, HashSet<Room>> _byCreator = [];
    private readonly Lock _gate = new();

    internal void Add(Room room)
    {
        if (room.CreatedBy is { } creator)
        {
            lock (_gate)
            {
                if (!_byCreator.TryGetValue(creator, out var rooms))
                {
                    _byCreator.Add(creator, rooms = []);
                }

                rooms.Add(room);
            }
        }
    }

    internal void Remove(Room room)
    {
        if (room.CreatedBy is { } creator)
        {
            lock (_gate)
            {
                if (_byCreator.TryGetValue(creator, out var rooms) && rooms.Remove(room) && rooms.Count == 0)
                {
                    _byCreator.Remove(creator);
                }
            }
        }
    }

    /// <summary>How many of a service that somebody made are not in the store. Approximate where rooms are stored or go at this moment.</summary>
    internal int Unstored(Jid service, Jid creator)
    {
        lock (_gate)
        {
            return _byCreator.TryGetValue(creator, out var rooms)
                ? rooms.Count(room => room is { IsStored: false, IsNew: false } && room.Address.DomainJid.Equals(service))
                : 0;
        }
    }
}
