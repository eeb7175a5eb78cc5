using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>A folder with an authority's certificate and what it issued, as PEM files that any server reads.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly string _path;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    internal CertificateFolder(string path)
    {
        _path = path;
        var request = new CertificateRequest("CN=Authority of a test", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
        Authority = Path.Combine(path, "authority.pem");
        File.WriteAllText(Authority, _authority.ExportCertificatePem());
    }

    /// <summary>The file with the authority's certificate.</summary>
    internal string Authority { get; }

    /// <summary>A server's certificate for its domain and that of its rooms: from the authority, or signed by itself where certificates are to vouch for nothing.</summary>
    /// <returns>A file with the certificate and its key.</returns>
    internal string Issue(ServerPlace place, ServerProof proof)
    {
        // RSA: not every server takes other keys for both sides of TLS.
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={place.Domain}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(place.Domain);
        names.AddDnsName(place.Rooms);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = proof == ServerProof.Dialback
            ? request.CreateSelfSigned(from, to)
            : request.Create(_authority.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from, to, [1, .. RandomNumberGenerator.GetBytes(15)]);
        var file = Path.Combine(_path, $"{place.Domain}.pem");
        File.WriteAllText(file, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return file;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }
}
