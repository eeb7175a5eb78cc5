using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Parley.Host.Serving;

/// <summary>One address that the server listens on, and what for.</summary>
/// <param name="Kind">What is spoken there.</param>
/// <param name="IsProxied">Whether trusted proxies say by the PROXY protocol who the client is.</param>
/// <param name="EndPoint">The address as configured; a port of 0 is chosen by the system.</param>
internal sealed record Listener(ListenerKind Kind, bool IsProxied, IPEndPoint EndPoint)
{
    /// <summary>Kestrel's side of it, once it has been told.</summary>
    internal ListenOptions? Bound { get; private set; }

    /// <summary>Where it really listens, once the server has started.</summary>
    internal IPEndPoint Address => Bound?.IPEndPoint ?? EndPoint;

    /// <summary>Tells Kestrel.</summary>
    internal void AddTo(KestrelServerOptions kestrel) => kestrel.Listen(EndPoint, listen =>
    {
        Bound = listen;
        if (IsProxied)
        {
            listen.UseProxyProtocol();
        }

        Kind.Use(listen);
    });
}
