using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

/// <summary>The rooms that the in-memory stores share, by bare address.</summary>
internal sealed class InMemoryRoomRegistry
{
    private readonly ConcurrentDictionary<Jid, InMemoryRoom> _rooms = new();

    public IEnumerable<Jid> Addresses => _rooms.Keys;

    public IEnumerable<InMemoryRoom> Rooms => _rooms.Values;

    public InMemoryRoom GetOrAdd(RoomRow row) => _rooms.GetOrAdd(row.Address, static (_, row) => new InMemoryRoom(row), row);

    public bool TryGet(Jid address, [NotNullWhen(true)] out InMemoryRoom? room) => _rooms.TryGetValue(address.Bare, out room);

    public bool Remove(Jid address) => _rooms.TryRemove(address.Bare, out _);
}
