using System.Security.Cryptography.X509Certificates;
using Parley.Protocol.Addressing;
using Parley.Server.Connections.Tcp;

namespace Parley.Server.Federation;

/// <summary>What the certificate of one stream's peer vouches for: its chain is checked once, when it is first asked for, and then each domain by the names.</summary>
/// <remarks>A certificate that ends while the stream lasts vouches for no further domain.</remarks>
internal sealed class PeerCertificate(TcpConnection connection, ServerCertificates certificates, PeerRole role, TimeProvider time)
{
    private readonly Lock _gate = new();
    private (PeerNames Names, DateTimeOffset NotAfter)? _trusted;
    private bool _isChecked;

    /// <summary>Whether it vouches for a domain. Asked only behind TLS.</summary>
    internal bool VouchesFor(Jid domain) =>
        Trusted() is var (names, notAfter) && time.GetUtcNow() <= notAfter && names.Include(domain.Domain, ServiceKind.Server);

    private (PeerNames Names, DateTimeOffset NotAfter)? Trusted()
    {
        lock (_gate)
        {
            if (!_isChecked)
            {
                _isChecked = true;
                _trusted = connection.RemoteCertificate is { } certificate ? Trusted(certificate) : null;
                connection.ForgetChain();
            }

            return _trusted;
        }
    }

    private (PeerNames Names, DateTimeOffset NotAfter)? Trusted(X509Certificate2 certificate)
    {
        X509Certificate2Collection? sent = connection.RemoteChain is { } chain ? [.. chain.Select(X509CertificateLoader.LoadCertificate)] : null;
        try
        {
            return certificates.Trust(certificate, sent, role);
        }
        finally
        {
            foreach (var other in sent ?? [])
            {
                other.Dispose();
            }
        }
    }
}
