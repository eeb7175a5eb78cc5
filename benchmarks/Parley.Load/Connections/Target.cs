using System.Net;

namespace Parley.Load.Connections;

/// <summary>The server under load, and how its clients log in.</summary>
internal sealed record Target
{
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>Where WebSocket and BOSH are.</summary>
    public required IPEndPoint HttpEndPoint { get; init; }

    public required Transport Transport { get; init; }

    public required string Domain { get; init; }

    public required string Mechanism { get; init; }

    public required bool StartTls { get; init; }

    /// <summary>Whether clients enable stream management (XEP-0198) behind binding.</summary>
    public required bool Managed { get; init; }

    public required string UserPrefix { get; init; }

    public required string Password { get; init; }

    /// <summary>How many loopback addresses the clients are spread over; 1 leaves the choice to the system.</summary>
    public required int Sources { get; init; }

    public ScramKeys Keys { get; } = new();

    public string User(int index) => UserPrefix + index;

    /// <summary>The local address for a client; null where the system may choose.</summary>
    public IPAddress? Source(int index)
    {
        if (Sources <= 1)
            return null;
        var source = index % Sources;
        return new IPAddress([127, 0, (byte)(1 + (source / 250)), (byte)(1 + (source % 250))]);
    }
}
