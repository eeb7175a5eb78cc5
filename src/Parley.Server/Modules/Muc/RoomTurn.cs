using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc;

/// <summary>A stanza's turn in a room: while it lasts, nothing else happens there.</summary>
/// <param name="room">The room.</param>
/// <param name="delivery">The stanza on its way; what must be durable before it is acknowledged is given to <see cref="Delivery.Until"/>, never awaited here.</param>
internal sealed class RoomTurn(Room room, Delivery delivery)
{
    internal Room Room { get; } = room;

    internal Delivery Delivery { get; } = delivery;

    internal Stanza Stanza => Delivery.Stanza;

    /// <summary>The sender's real address.</summary>
    internal Jid From => Delivery.Stanza.From!;

    /// <summary>The room, or an occupant's address in it.</summary>
    internal Jid To => Delivery.Stanza.To!;

    internal FlushSet Flush => Delivery.Flush;

    /// <summary>What is to be done once the turn is over, before the next stanza of the same sender; null for nothing.</summary>
    internal Func<ValueTask>? Afterwards { get; set; }

    /// <summary>The sender's client, if he is in the room.</summary>
    internal OccupantSession? Session { get; } = room.Occupants.TryFindSession(delivery.Stanza.From!, out var session) ? session : null;

    /// <summary>The sender as an occupant, if he is one.</summary>
    internal Occupant? Sender => Session?.Occupant;

    /// <summary>The sender's client.</summary>
    /// <exception cref="StanzaException">not-acceptable: he is not in the room (XEP-0045 §7.4, §7.5).</exception>
    internal OccupantSession RequireSession() =>
        Session ?? throw new StanzaException(StanzaErrorCondition.NotAcceptable, "You are not in the room.");
}
