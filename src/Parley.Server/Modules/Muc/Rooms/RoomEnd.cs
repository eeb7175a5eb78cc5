using Parley.Protocol.Extensions.Muc;
using Parley.Server.Connections;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>How rooms end: destroyed by an owner, or because the last has left a room that is not persistent (XEP-0045 §7.14, §10.9).</summary>
internal sealed class RoomEnd(RoomDirectory directory, RoomStorage storage, RoomPresence presence, Departures departures)
{
    /// <summary>Ends a room, and tells everybody in it. The room is gone for good when the task completes.</summary>
    internal async ValueTask DestroyAsync(Room room, MucDestruction destruction, FlushSet flush)
    {
        // First, so that a failure leaves the room as it was.
        await storage.RemoveAsync(room, CancellationToken.None);
        var notice = new PresenceNotice
        {
            IsUnavailable = true,
            Role = MucRole.None,
            Affiliation = MucAffiliation.None,
            Further = destruction.WriteTo,
        };
        foreach (var occupant in room.Occupants.All)
        {
            foreach (var session in occupant.Sessions)
            {
                await presence.ToSelfAsync(room, session, notice, flush);
                departures.Remove(room, session);
            }
        }

        directory.Remove(room);
    }

    /// <summary>Ends a room that nobody is in, where it is one that ends then.</summary>
    internal async ValueTask SettleAsync(Room room)
    {
        if (room is { IsGone: false, Occupants.Count: 0 } && (room.IsNew || room.IsLocked || !room.Configuration.IsPersistent))
        {
            await storage.RemoveAsync(room, CancellationToken.None);
            directory.Remove(room);
        }
    }
}
