using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

/// <summary>A room with its members and its archive, so that all of it goes when the room does. Locked while it is read or changed.</summary>
internal sealed class InMemoryRoom(RoomRow row)
{
    public RoomRow Row { get; set; } = row;

    public Dictionary<Jid, RoomMember> Members { get; } = [];

    /// <summary>Locked by itself.</summary>
    public SortedList<long, InMemoryArchivedMessage> Archive { get; } = [];
}
