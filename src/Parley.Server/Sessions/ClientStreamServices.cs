using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Sessions;

/// <summary>What all client streams share.</summary>
public sealed class ClientStreamServices(
    IOptions<XmppServerOptions> options,
    DomainTable domains,
    SessionDirectory sessions,
    ModuleRegistry registry,
    StanzaRouter router,
    MessageDelivery messages,
    ResumableSessions resumable,
    Lazy<IMessageHold> hold,
    OpenStreams streams,
    ServerMeters meters,
    TimeProvider time,
    WireLog wireLog,
    ILogger<ClientStream> logger)
{
    public XmppServerOptions Options { get; } = options.Value;

    public DomainTable Domains { get; } = domains;

    public SessionDirectory Sessions { get; } = sessions;

    public ModuleRegistry Registry { get; } = registry;

    public StanzaRouter Router { get; } = router;

    public MessageDelivery Messages { get; } = messages;

    public ResumableSessions Resumable { get; } = resumable;

    public Lazy<IMessageHold> Hold { get; } = hold;

    public OpenStreams Streams { get; } = streams;

    public ServerMeters Meters { get; } = meters;

    public TimeProvider Time { get; } = time;

    /// <summary>Null when it is off.</summary>
    public WireLog? WireLog { get; } = wireLog.IsOn ? wireLog : null;

    public ILogger Logger { get; } = logger;
}
