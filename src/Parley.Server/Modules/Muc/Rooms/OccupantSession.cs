using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>A client with which a user is in a room.</summary>
internal sealed class OccupantSession(Occupant occupant, Jid address, ClientSession? local)
{
    /// <summary>Whose it is.</summary>
    internal Occupant Occupant { get; } = occupant;

    /// <summary>Its real full JID.</summary>
    internal Jid Address { get; } = address;

    /// <summary>The session on this server; null for a client elsewhere.</summary>
    internal ClientSession? Local { get; set; } = local;

    /// <summary>The presence that the client last sent to the room, without what is the room's to say.</summary>
    internal required Stanza Presence { get; set; }

    /// <summary>The priority in it.</summary>
    internal sbyte Priority { get; set; }

    /// <summary>Rises with each presence: of equal priorities the last counts.</summary>
    internal long Turn { get; set; }

    /// <summary>How far its user has used up what he may send (<see cref="RoomRates"/>).</summary>
    internal required UserRates Rates { get; init; }

    /// <summary>What waits while the client is still told who is in the room; null once it is up to date.</summary>
    internal WaitingStanzas? Waiting { get; set; }

    /// <summary>The ids under which it waits for something from others, in order; null as long as it has asked for nothing (<see cref="RelayedRequests"/>).</summary>
    internal Queue<string>? Awaited { get; set; }

    /// <summary>Whether it has been found unable to take anything more, and is about to leave.</summary>
    internal bool IsLost { get; set; }
}
