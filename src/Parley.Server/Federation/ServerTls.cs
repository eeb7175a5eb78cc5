using System.Net.Security;
using System.Security.Authentication;
using Parley.Protocol.Addressing;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Connections.Tcp;
using Parley.Server.Federation.Dns;

namespace Parley.Server.Federation;

/// <summary>TLS with other servers (RFC 6120 §13.7.2, RFC 7590, XEP-0368): both show a certificate, and neither handshake fails for the other's.</summary>
/// <remarks>
/// What a certificate is worth is <see cref="ServerCertificates"/>' to say, for each domain that a stream is for. Sessions may be resumed, although what was sent along with the
/// certificate is missing then (<see cref="ServerCertificates"/> remembers it): otherwise .NET has a context of OpenSSL's for each connection, 14 KiB.
/// </remarks>
internal sealed class ServerTls(ICertificateSource certificates)
{
    private static readonly List<SslApplicationProtocol> Protocols = [new(ServiceKind.Server.Name)];

    /// <summary>The handshake of a stream that was opened to us.</summary>
    internal SslServerAuthenticationOptions ServerOptions(TcpConnection connection, Jid? domain) => ServerOptions(connection, domain?.Domain, null);

    /// <summary>The handshake of a connection that begins with TLS: the certificate by the name that the other side asks for.</summary>
    internal SslServerAuthenticationOptions DirectServerOptions(TcpConnection connection, string? name) => ServerOptions(connection, name, Protocols);

    /// <summary>The handshake of a stream that we open.</summary>
    internal SslClientAuthenticationOptions ClientOptions(TcpConnection connection, Jid local, Jid remote, bool directTls) => new()
    {
        // The domain, never the host (XEP-0368 §2, RFC 6120 §13.7.2).
        TargetHost = DnsName.TryParse(remote.Domain, out var name) ? name : remote.Domain,
        ClientCertificateContext = certificates.Find(local.Domain),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = directTls ? Protocols : null,
        CertificateChainPolicy = ServerCertificates.NewChainPolicy(),
        RemoteCertificateValidationCallback = connection.KeepChain,
        AllowRenegotiation = false,
        AllowTlsResume = true,
    };

    private SslServerAuthenticationOptions ServerOptions(TcpConnection connection, string? domain, List<SslApplicationProtocol>? protocols) => new()
    {
        ServerCertificateContext = certificates.Find(domain) ?? throw new StreamException(StreamErrorCondition.InternalServerError, "No certificate."),
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = protocols,
        CertificateChainPolicy = ServerCertificates.NewChainPolicy(),
        RemoteCertificateValidationCallback = connection.KeepChain,
        AllowRenegotiation = false,
        AllowTlsResume = true,
    };
}
