using Parley.Load.Connections;

namespace Parley.Load.Scenarios.Rooms;

/// <summary>The clients of a run that are, or will be, in rooms, with their readers at work.</summary>
internal sealed class RoomCrowd
{
    private readonly LoadRun _run;
    private readonly ClientConnection[] _connections;
    private readonly CancellationTokenSource _stopReading;
    private readonly Task _reading;

    private RoomCrowd(LoadRun run, ClientConnection[] connections, RoomClient[] clients, CancellationToken cancellation)
    {
        _run = run;
        _connections = connections;
        _stopReading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Clients = clients;
        _reading = Task.WhenAll(clients.Select(client => client.ReceiveAsync(_stopReading.Token)));
    }

    public RoomClient[] Clients { get; }

    /// <exception cref="LoadException">The run asks for what rooms are not measured with.</exception>
    public static async Task<RoomCrowd> LogInAsync(LoadRun run, RoomPlan plan, ChatTraffic traffic, CancellationToken cancellation)
    {
        if (run.Target.Managed)
            throw new LoadException("rooms are measured without --managed");
        var connections = await Crowd.LogInAsync(run, run.Clients, cancellation);
        RoomClient[] clients = [.. connections.Select((connection, i) => new RoomClient(connection, i, plan, traffic, cancellation))];
        return new RoomCrowd(run, connections, clients, cancellation);
    }

    /// <summary>Lets the readers end and logs out. Clients stay in their rooms until then.</summary>
    public async Task LogOutAsync(CancellationToken cancellation)
    {
        await _stopReading.CancelAsync();
        await _reading;
        _stopReading.Dispose();
        await Crowd.LogOutAsync(_run, _connections, cancellation);
    }
}
