using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Brings what a room says to the clients of its occupants: one payload, and for each only the open tag.</summary>
/// <remarks>A client that takes nothing more leaves when the turn ends.</remarks>
internal sealed class RoomFanOut(Lazy<StanzaRouter> router)
{
    /// <summary>Sends a stanza to one client.</summary>
    internal ValueTask SendAsync(Room room, OccupantSession to, Stanza stanza, Jid from, FlushSet flush)
    {
        if (to.IsLost)
        {
            return ValueTask.CompletedTask;
        }

        if (to.Local is not { } local)
        {
            return router.Value.RouteAsync(stanza.WithAddresses(from, to.Address), null, flush, CancellationToken.None);
        }

        // What does not reach the client is in the room's history, and presence is of use to that client alone.
        if (!local.Deliver(stanza, from, to.Address, flush, Fallback.None))
        {
            room.Lose(to);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Sends a stanza to all clients of an occupant.</summary>
    internal async ValueTask SendAsync(Room room, Occupant to, Stanza stanza, Jid from, FlushSet flush)
    {
        foreach (var session in to.Sessions)
        {
            await SendAsync(room, session, stanza, from, flush);
        }
    }

    /// <summary>Sends a stanza to all clients of all occupants.</summary>
    internal async ValueTask ToAllAsync(Room room, Stanza stanza, Jid from, FlushSet flush)
    {
        foreach (var occupant in room.Occupants.All)
        {
            await SendAsync(room, occupant, stanza, from, flush);
        }
    }
}
