using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Parley.Server.Connections.WebSockets;

/// <summary>Lets a WebSocket outlive the HTTP that it began with: once it is agreed upon the request ends, and the stream goes on upon the bare connection.</summary>
/// <remarks>
/// A request that lasts as long as its WebSocket keeps all that a web server has for requests: parsers, headers, the state of the pipeline, 5 KiB of an idle client's 15. HTTP
/// sees the connection through this: what it completes at its end stays open where the connection was taken over, and its heartbeat is forgotten.
/// </remarks>
internal sealed class ConnectionHandover : IDuplexPipe
{
    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _bare;
    private Func<Task>? _goOn;

    private ConnectionHandover(ConnectionContext connection)
    {
        _connection = connection;
        _bare = connection.Transport;
        Input = new HandoverReader(_bare.Input, this);
        Output = new HandoverWriter(_bare.Output, this);
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Whether the connection goes on when HTTP has ended.</summary>
    internal bool IsTaken => _goOn is not null;

    /// <summary>Runs a connection of HTTP, and then what took it over, if anything did.</summary>
    internal static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await ServeAsync(connection, next) is { } goOn)
        {
            await goOn();
        }
    }

    /// <summary>Takes the connection over. The request that it was asked for by has been answered, and is to end at once.</summary>
    /// <param name="goOn">Runs when HTTP has let go; the connection ends with it.</param>
    internal void Take(Func<Task> goOn) => _goOn = goOn;

    /// <summary>The bytes of the bare connection, not to be read or written before HTTP has let go.</summary>
    internal IDuplexPipe Bare => _bare;

    /// <summary>Cuts the connection.</summary>
    internal Action Abort => _connection.Abort;

    // By itself: what awaits the rest holds nothing of HTTP.
    private static async Task<Func<Task>?> ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var handover = new ConnectionHandover(connection);
        var heartbeat = connection.Features.Get<IConnectionHeartbeatFeature>();
        var beats = new HandoverHeartbeat();
        connection.Transport = handover;
        connection.Features.Set(handover);
        if (heartbeat is not null)
        {
            // Whoever asks for a heartbeat is held for as long as the connection lives.
            heartbeat.OnHeartbeat(static beats => ((HandoverHeartbeat)beats).Beat(), beats);
            connection.Features.Set<IConnectionHeartbeatFeature>(beats);
        }

        try
        {
            await next(connection);
            return handover._goOn;
        }
        finally
        {
            beats.Forget();
            connection.Features.Set(heartbeat);
            connection.Features.Set<ConnectionHandover>(null);
            connection.Transport = handover._bare;
        }
    }
}
