using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parley.Server.Connections;

namespace Parley.Host.Serving;

/// <summary>The certificate of a domain that has none: made on first start, kept, and made anew when it is about to expire.</summary>
internal static class SelfSignedCertificate
{
    private const int MaxCommonNameLength = 64;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // The longest that Apple's systems accept, for certificates that their user trusts too.
    private static readonly TimeSpan Validity = TimeSpan.FromDays(825);
    private static readonly TimeSpan RenewalBefore = TimeSpan.FromDays(30);

    /// <summary>The files of a domain's certificate, made if they are not there or expire within 30 days.</summary>
    internal static CertificateFile Ensure(string directory, string domain, DateTimeOffset now)
    {
        var file = Of(directory, domain);
        if (!IsUsable(file, now))
        {
            Make(file, now);
        }

        return file;
    }

    /// <summary>The files of a domain's certificate, if they have been made.</summary>
    internal static CertificateFile? Find(string directory, string domain) => Of(directory, domain) is var file && File.Exists(file.CertificatePath) && File.Exists(file.KeyPath) ? file : null;

    /// <summary>Whether a certificate is one that was made here.</summary>
    internal static bool IsOwn(string directory, CertificateFile file) =>
        Path.GetDirectoryName(Path.GetFullPath(file.CertificatePath)) == Path.GetFullPath(directory);

    private static CertificateFile Of(string directory, string domain)
    {
        var name = string.Join('_', domain.Split(Path.GetInvalidFileNameChars()));
        return new CertificateFile(domain, Path.Combine(directory, $"{name}.pem"), Path.Combine(directory, $"{name}.key"));
    }

    private static bool IsUsable(CertificateFile file, DateTimeOffset now)
    {
        if (!File.Exists(file.CertificatePath) || !File.Exists(file.KeyPath))
        {
            return false;
        }

        using var certificate = X509CertificateLoader.LoadCertificateFromFile(file.CertificatePath);
        return certificate.NotAfter.ToUniversalTime() - now.UtcDateTime > RenewalBefore;
    }

    private static void Make(CertificateFile file, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(file.Domain.Length <= MaxCommonNameLength ? file.Domain : "Parley");
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(file.Domain.Trim('[', ']'), out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(file.Domain);

            // Rooms and components are there.
            names.AddDnsName($"*.{file.Domain}");
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], false));
        using var certificate = request.CreateSelfSigned(now.AddHours(-1), now.Add(Validity));

        PrivateFiles.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file.CertificatePath))!);
        PrivateFiles.Write(file.KeyPath, key.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFiles.Write(file.CertificatePath, certificate.ExportCertificatePem() + "\n");
    }
}
