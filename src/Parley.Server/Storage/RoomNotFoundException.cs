using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>Something was to be kept for a room that is not stored, or no longer is; nothing was.</summary>
public sealed class RoomNotFoundException(Jid room) : StorageException($"There is no room {room}.")
{
    public Jid Room { get; } = room;
}
