using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parley.Server.Connections;

namespace Parley.TestKit;

/// <summary>A self-signed certificate, made anew, for the domains of a test.</summary>
public sealed class TestCertificate : ICertificateSource, IDisposable
{
    private readonly SslStreamCertificateContext _context;

    public TestCertificate(params IEnumerable<string> domains)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Parley test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var domain in domains)
        {
            names.AddDnsName(domain);
        }

        request.CertificateExtensions.Add(names.Build());
        Certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddDays(1));
        _context = SslStreamCertificateContext.Create(Certificate, null, offline: true);
    }

    public X509Certificate2 Certificate { get; }

    public SslStreamCertificateContext? Find(string? domain) => _context;

    public void Dispose() => Certificate.Dispose();
}
