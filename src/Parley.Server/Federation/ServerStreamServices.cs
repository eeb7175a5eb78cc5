using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Connections.Tcp;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Federation;

/// <summary>What all streams between servers share.</summary>
internal sealed class ServerStreamServices(
    IOptions<XmppServerOptions> options,
    DomainTable domains,
    ModuleRegistry registry,
    Lazy<StanzaRouter> router,
    ICertificateSource certificateSource,
    ServerCertificates certificates,
    DialbackKeys keys,
    OpenStreams streams,
    ConnectionLimit limit,
    ServerMeters meters,
    TimeProvider time,
    WireLog wireLog,
    ILogger<XmppStream> logger)
    : StreamServices(options, streams, limit, meters, time, wireLog, logger)
{
    internal FederationOptions Federation => Options.Federation;

    internal ModuleRegistry Registry { get; } = registry;

    internal StanzaRouter Router => router.Value;

    internal DialbackKeys DialbackKeys { get; } = keys;

    /// <summary>Whose keys are being asked about.</summary>
    internal DialbackLimit Dialbacks { get; } = new();

    /// <summary>Whether a domain is one of this server's: hosted, or a component's.</summary>
    internal bool IsOurs(Jid domain) => domains.TryFind(domain, out _);

    /// <summary>Whether there is a certificate to be shown for a domain of ours.</summary>
    internal bool HasCertificate(Jid? domain) => certificateSource.Find(domain?.Domain) is not null;

    /// <summary>Whether the certificate that is shown for a domain of ours has its name.</summary>
    internal bool IsNamedByCertificate(Jid domain) =>
        certificateSource.Find(domain.Domain) is { } context && PeerNames.Of(context.TargetCertificate).Include(domain.Domain, ServiceKind.Server);

    /// <summary>The certificate of a stream's peer.</summary>
    internal PeerCertificate CertificateOf(TcpConnection connection, PeerRole role) => new(connection, certificates, role, Time);
}
