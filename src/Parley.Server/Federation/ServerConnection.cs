using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Parley.Server.Federation;

/// <summary>What came of connecting to a domain: a connection, or why there is none.</summary>
public sealed class ServerConnection
{
    private ServerConnection()
    {
    }

    /// <summary>The connection, on which nothing has been sent; whoever has this disposes of it. Null when there is none, or one at <see cref="Address"/> already.</summary>
    public ConnectionContext? Connection { get; private init; }

    /// <summary>The host of the connection.</summary>
    public ServerTarget? Target { get; private init; }

    /// <summary>The address of the connection.</summary>
    public IPEndPoint? Address { get; private init; }

    /// <summary>Why there is none.</summary>
    public ConnectFailure? Failure { get; private init; }

    /// <summary>What has not been tried: for when the stream on this connection does not come about.</summary>
    public IReadOnlyList<ServerTarget> Others { get; private init; } = [];

    /// <summary>What was tried, in order.</summary>
    public IReadOnlyList<LookupStep> Steps { get; private init; } = [];

    internal static ServerConnection To(ServerTarget target, IPEndPoint address, ConnectionContext connection, IReadOnlyList<ServerTarget> others, IReadOnlyList<LookupStep> steps) =>
        new() { Connection = connection, Target = target, Address = address, Others = others, Steps = steps };

    /// <summary>None was made, as there is a stream to this address already.</summary>
    internal static ServerConnection IsAt(ServerTarget target, IPEndPoint address, IReadOnlyList<LookupStep> steps) => new() { Target = target, Address = address, Steps = steps };

    internal static ServerConnection Failed(ConnectFailure failure, IReadOnlyList<LookupStep> steps) => new() { Failure = failure, Steps = steps };
}
