using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;
using Parley.Server.Routing;

namespace Parley.Server.Sessions.Components;

/// <summary>What all components' streams share.</summary>
public sealed class ComponentStreamServices(
    IOptions<XmppServerOptions> options,
    ComponentTable components,
    ModuleRegistry registry,
    StanzaRouter router,
    AuthenticationThrottle throttle,
    OpenStreams streams,
    ConnectionLimit limit,
    ServerMeters meters,
    TimeProvider time,
    WireLog wireLog,
    ILogger<XmppStream> logger)
    : StreamServices(options, streams, limit, meters, time, wireLog, logger)
{
    public ComponentTable Components { get; } = components;

    public ModuleRegistry Registry { get; } = registry;

    public StanzaRouter Router { get; } = router;

    public AuthenticationThrottle Throttle { get; } = throttle;
}
