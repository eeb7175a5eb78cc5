using Microsoft.Extensions.Hosting;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Connections;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc;

/// <summary>Takes the services' domains when the application starts, and has everybody leave when it stops (XEP-0045 §11.2).</summary>
internal sealed class MucHosting(
    MucDomains services,
    DomainTable domains,
    RoomStanzas rooms,
    ServiceHandlers handlers,
    RoomDirectory directory,
    IRoomStore store,
    RoomPresence presence,
    Departures departures,
    IHostApplicationLifetime lifetime) : IHostedService
{
    private CancellationTokenRegistration _stopping;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var service in services.All)
        {
            await RemoveTemporaryAsync(service.Domain, cancellationToken);
            if (!domains.TryAdd(service, new MucService(service, rooms, handlers)))
            {
                throw new InvalidOperationException($"The domain {service} is taken: it cannot be a service of rooms.");
            }
        }

        // What registers last is called first: before the streams end.
        _stopping = lifetime.ApplicationStopping.Register(() =>
        {
            foreach (var room in directory.Live)
            {
                _ = CloseAsync(room);
            }
        });
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await _stopping.DisposeAsync();

    // Those that somebody was in when the process ended without a word.
    private async Task RemoveTemporaryAsync(string service, CancellationToken cancellationToken)
    {
        var temporary = new RoomListQuery { IsTemporary = true };
        for (IReadOnlyList<RoomRow> rows; (rows = await store.ListAsync(service, temporary, new RoomListPage(100), cancellationToken)).Count > 0;)
        {
            foreach (var row in rows)
            {
                await store.RemoveAsync(row.Address, cancellationToken);
            }
        }
    }

    // A room that is busy at this moment comes a little later, perhaps too late for some.
    private async Task CloseAsync(Room room)
    {
        var flush = new FlushSet();
        var notice = new PresenceNotice { IsUnavailable = true, Role = MucRole.None, Statuses = [MucStatus.ServiceStops] };
        await rooms.RunAsync(
            room,
            async () =>
            {
                foreach (var occupant in room.Occupants.All)
                {
                    foreach (var session in occupant.Sessions)
                    {
                        await presence.ToSelfAsync(room, session, notice, flush);
                        departures.Remove(room, session);
                    }
                }
            },
            flush);
        flush.Flush();
    }
}
