using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Connections;

/// <summary>Where a domain's certificate is.</summary>
/// <param name="Domain">The hosted domain that it is for.</param>
/// <param name="CertificatePath">A PEM file: the certificate first, then those that it was issued by.</param>
/// <param name="KeyPath">A PEM file with the unencrypted key; may be the same file.</param>
public sealed record CertificateFile(string Domain, string CertificatePath, string KeyPath)
{
    /// <summary>What changes when either file does; a link counts as what it points to.</summary>
    internal (DateTime Certificate, DateTime Key, string Paths) Version()
    {
        var certificate = Target(CertificatePath);
        var key = Target(KeyPath);
        return (certificate.LastWriteTimeUtc, key.LastWriteTimeUtc, $"{certificate.FullName}\n{key.FullName}");
    }

    /// <summary>Reads both files.</summary>
    /// <exception cref="CertificateFileException">They cannot be read, are no PEM, or do not belong together.</exception>
    internal SslStreamCertificateContext Load()
    {
        try
        {
            var leaf = X509Certificate2.CreateFromPem(File.ReadAllText(CertificatePath), File.ReadAllText(KeyPath));
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(CertificatePath);
            if (OperatingSystem.IsWindows())
            {
                // Its TLS takes no key that lives in memory alone.
                leaf = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), password: null);
            }

            return SslStreamCertificateContext.Create(leaf, chain, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CertificateFileException(this, e);
        }
    }

    private static FileSystemInfo Target(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
    }
}

/// <summary>A certificate that cannot be used.</summary>
public sealed class CertificateFileException(CertificateFile file, Exception reason)
    : Exception($"the certificate of {file.Domain} cannot be used ('{file.CertificatePath}', key '{file.KeyPath}'): {reason.Message.ReplaceLineEndings(" ")}", reason);
