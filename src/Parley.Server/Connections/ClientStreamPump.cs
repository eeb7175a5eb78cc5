using Parley.Server.Sessions;

namespace Parley.Server.Connections;

/// <summary>Runs clients' streams, whatever they lie upon.</summary>
public sealed class ClientStreamPump(StreamPump pump, ClientStreamServices services)
{
    /// <inheritdoc cref="StreamPump.RunAsync"/>
    public Task RunAsync(StreamConnection connection, Func<ClientStream, Task<bool>> readAllAsync) =>
        pump.RunAsync(connection, () => new ClientStream(connection, services), readAllAsync);
}
