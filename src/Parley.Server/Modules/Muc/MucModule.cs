using System.Collections.Concurrent;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Connections;
using Parley.Server.Modules.Disco;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Muc;

/// <summary>Rooms: Multi-User Chat (XEP-0045 1.35), on services of their own.</summary>
internal sealed class MucModule(MucDomains services, JoinedRooms joined, Lazy<RoomStanzas> rooms, Departures departures) : IXmppModule, IDiscoExtension
{
    private const string RoomsNode = "http://jabber.org/protocol/muc#rooms";

    public void Configure(ModuleBuilder module)
    {
        joined.Configure(module.SessionSlot<ConcurrentDictionary<Room, byte>>());
        module
            .Implements("XEP-0045", "1.35.5", "Multi-User Chat")
            .Implements("XEP-0421", "1.0.1", "Anonymous unique occupant identifiers for MUCs")
            .Implements("XEP-0410", "1.1.0", "MUC Self-Ping (Schrödinger's Chat): answered by the room")
            .Implements("XEP-0307", "0.1", "Unique Room Names for Multi-User Chat")
            .Implements("XEP-0433", "0.1.0", "Extended Channel Search: of a service's own rooms")
            .Implements("XEP-0486", "0.1.0", "MUC Avatars")
            .Implements("XEP-0317", "0.3.1", "Hats")
            .Implements("XEP-0425", "0.3.0", "Moderated Message Retraction: in the form of 0.2, too")
            .Implements("XEP-0500", "0.1.1", "MUC Slow Mode")
            .ExtendDisco(this)
            .OnSessionEnded(LeaveAllAsync);
    }

    public ValueTask<IReadOnlyList<DiscoItem>> ItemsAsync(IqRequest request, CancellationToken cancellationToken) => new(
        request.Entity == EntityKind.Server
            ? [.. services.Of(request.To.DomainJid).Select(static service => new DiscoItem(service, "Rooms"))]
            : []);

    // Which rooms somebody is in is for his client to say (XEP-0045 §6.7): of the account, nobody is told.
    public ValueTask<DiscoItems?> NodeItemsAsync(IqRequest request, string node, CancellationToken cancellationToken) =>
        new(request.Entity == EntityKind.Account && node == RoomsNode ? new DiscoItems([], node) : null);

    // Those that the session's own unavailable presence did not reach.
    private async ValueTask LeaveAllAsync(ClientSession session, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var room in joined.Of(session).ToArray())
        {
            await rooms.Value.RunAsync(room, () => LeaveAsync(room, session, flush), flush);
        }
    }

    private ValueTask LeaveAsync(Room room, ClientSession ended, FlushSet flush)
    {
        if (!room.Occupants.TryFindSession(ended.Jid, out var session) || !ReferenceEquals(session.Local, ended))
        {
            return ValueTask.CompletedTask;
        }

        session.IsLost = true;
        return departures.LeaveAsync(room, session, PresenceNotice.Plain, flush);
    }
}
