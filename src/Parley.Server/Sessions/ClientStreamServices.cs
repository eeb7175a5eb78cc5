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
    ConnectionLimit limit,
    ServerMeters meters,
    TimeProvider time,
    WireLog wireLog,
    ILogger<XmppStream> logger)
    : StreamServices(options, streams, limit, meters, time, wireLog, logger)
{
    public DomainTable Domains { get; } = domains;

    public SessionDirectory Sessions { get; } = sessions;

    public ModuleRegistry Registry { get; } = registry;

    public StanzaRouter Router { get; } = router;

    public MessageDelivery Messages { get; } = messages;

    public ResumableSessions Resumable { get; } = resumable;

    public Lazy<IMessageHold> Hold { get; } = hold;
}
