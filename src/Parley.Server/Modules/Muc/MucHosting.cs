using Microsoft.Extensions.Hosting;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Connections;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc;

/// <summary>Takes the services' domains when the application starts, and has everybody leave when it stops (XEP-0045 §11.2).</summary>
internal sealed class MucHosting(
    MucDomains services,
    DomainTable domains,
    RoomStanzas rooms,
    ServiceHandlers handlers,
    RoomDirectory directory,
    RoomPresence presence,
    Departures departures,
    IHostApplicationLifetime lifetime) : IHostedService
{
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var service in services.All)
        {
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
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await _stopping.DisposeAsync();

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
