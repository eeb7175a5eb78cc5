using System.Net.Security;

namespace Parley.Server.Connections;

/// <summary>The certificates that this server shows, by domain.</summary>
public interface ICertificateSource
{
    /// <summary>The certificate and chain for a domain (a stream's <c>to</c>, or the name asked for in the handshake); the default domain's for one that is unknown or null. Null when there is none at all.</summary>
    SslStreamCertificateContext? Find(string? domain);
}

/// <summary>A server without certificates: it offers no TLS.</summary>
public sealed class NoCertificates : ICertificateSource
{
    public SslStreamCertificateContext? Find(string? domain) => null;
}
