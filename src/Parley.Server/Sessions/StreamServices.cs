using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;

namespace Parley.Server.Sessions;

/// <summary>What all streams share, whoever is at the other end.</summary>
public class StreamServices(
    IOptions<XmppServerOptions> options,
    OpenStreams streams,
    ConnectionLimit limit,
    ServerMeters meters,
    TimeProvider time,
    WireLog wireLog,
    ILogger<XmppStream> logger)
{
    public XmppServerOptions Options { get; } = options.Value;

    public OpenStreams Streams { get; } = streams;

    public ConnectionLimit Limit { get; } = limit;

    public ServerMeters Meters { get; } = meters;

    public TimeProvider Time { get; } = time;

    /// <summary>Null when it is off.</summary>
    public WireLog? WireLog { get; } = wireLog.IsOn ? wireLog : null;

    public ILogger Logger { get; } = logger;
}
