using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Where the operator says so (<see cref="MucOptions.ConfigurationTime"/>), a room that its creator does not configure opens as it is: he is taken to have accepted that (XEP-0045 §10.1.1, step 5).</summary>
internal sealed class RoomUnlocking(
    RoomDirectory directory, RoomStorage storage, Lazy<RoomStanzas> rooms, IOptions<MucOptions> options, TimeProvider time, Heartbeat heartbeat, ILogger<RoomUnlocking> logger)
    : IHostedService, IHeartbeatTarget
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.ConfigurationTime > TimeSpan.Zero)
        {
            heartbeat.Add(this);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        heartbeat.Remove(this);
        return Task.CompletedTask;
    }

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        foreach (var room in directory.Live)
        {
            if (IsDue(room, timestamp))
            {
                _ = UnlockAsync(room);
            }
        }
    }

    private async Task UnlockAsync(Room room)
    {
        var flush = new FlushSet();
        try
        {
            await rooms.Value.RunAsync(room, () => IsDue(room, time.GetTimestamp()) ? OpenAsync(room) : ValueTask.CompletedTask, flush);
            flush.Flush();
        }
        catch (Exception e)
        {
            // As long as the creator stays, it is tried again.
            Log.RoomStaysLocked(logger, e, room.Address.ToString());
        }
    }

    private async ValueTask OpenAsync(Room room)
    {
        var creator = room.LockedBy;
        room.LockedBy = null;
        try
        {
            await storage.SaveAsync(room, CancellationToken.None);
        }
        catch
        {
            (room.LockedBy, room.LockedSince) = (creator, time.GetTimestamp());
            throw;
        }
    }

    private bool IsDue(Room room, long timestamp) =>
        room is { IsLocked: true, IsGone: false } && time.GetElapsedTime(room.LockedSince, timestamp) >= options.Value.ConfigurationTime;
}
