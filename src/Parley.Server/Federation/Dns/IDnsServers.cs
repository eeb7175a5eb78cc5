using System.Net;

namespace Parley.Server.Federation.Dns;

/// <summary>Tells whom to ask.</summary>
public interface IDnsServers
{
    /// <summary>The servers, in the order in which they are asked.</summary>
    IReadOnlyList<IPEndPoint> Current();
}

/// <summary>One server, always the same.</summary>
public sealed class FixedDnsServer(IPEndPoint server) : IDnsServers
{
    private readonly IPEndPoint[] _servers = [server];

    /// <inheritdoc/>
    public IReadOnlyList<IPEndPoint> Current() => _servers;
}
