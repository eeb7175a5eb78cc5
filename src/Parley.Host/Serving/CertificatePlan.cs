using System.Security.Cryptography.X509Certificates;
using Parley.Host.Configuration;
using Parley.Server.Connections;

namespace Parley.Host.Serving;

/// <summary>Which files hold the certificate of each hosted domain, and of those below that have one of their own.</summary>
internal static class CertificatePlan
{
    private const string CertificatesKey = nameof(HostSettings.Certificates);
    private const string KeysKey = nameof(HostSettings.Keys);

    /// <summary>The configured files, the default domain's first; for a domain that none is for, a self-signed certificate.</summary>
    /// <exception cref="ConfigurationException">A file is not there, is for no hosted domain, or has no key.</exception>
    internal static IReadOnlyList<CertificateFile> For(HostSettings settings, IList<string> domains, DateTimeOffset now) =>
        For(settings, domains, domain => SelfSignedCertificate.Ensure(settings.CertificateDirectory, domain, now));

    /// <summary>The same, for who only looks: of self-signed certificates those that are there.</summary>
    /// <exception cref="ConfigurationException">A file is not there, is for no hosted domain, or has no key.</exception>
    internal static IReadOnlyList<CertificateFile> Present(HostSettings settings, IList<string> domains) =>
        For(settings, domains, domain => SelfSignedCertificate.Find(settings.CertificateDirectory, domain));

    private static List<CertificateFile> For(HostSettings settings, IList<string> domains, Func<string, CertificateFile?> selfSigned)
    {
        var problems = new List<string>();
        var certificates = ByDomain(CertificatesKey, settings.Certificates, domains, problems);
        var keys = ByDomain(KeysKey, settings.Keys, domains, problems);
        foreach (var domain in keys.Keys.Except(certificates.Keys))
        {
            problems.Add($"{Setting.Name(KeysKey)}: there is a key for {domain} and no certificate; {Setting.Name(CertificatesKey)} takes it.");
        }

        if (problems.Count > 0)
        {
            throw new ConfigurationException(problems);
        }

        var configured = certificates.ToDictionary(
            static pair => pair.Key, pair => new CertificateFile(pair.Key, pair.Value, keys.GetValueOrDefault(pair.Key, pair.Value)), StringComparer.OrdinalIgnoreCase);
        var files = new List<CertificateFile>();
        foreach (var domain in domains)
        {
            if (configured.TryGetValue(domain, out var own))
            {
                files.Add(own);
            }
            else if (!configured.Values.Any(other => Names(other, domain)) && selfSigned(domain) is { } made)
            {
                files.Add(made);
            }
        }

        // Rooms and components have names below.
        files.AddRange(configured.Values.Where(file => !domains.Contains(file.Domain, StringComparer.OrdinalIgnoreCase)));
        return files;
    }

    private static bool IsServed(string domain, IList<string> domains) =>
        domains.Any(hosted => domain.Equals(hosted, StringComparison.OrdinalIgnoreCase) || domain.EndsWith($".{hosted}", StringComparison.OrdinalIgnoreCase));

    private static bool Names(CertificateFile file, string domain)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file.CertificatePath));
            return CertificateFiles.Names(certificate, domain);
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new ConfigurationException($"{Setting.Name(CertificatesKey)}: '{file.CertificatePath}' holds no certificate: {e.Message}");
        }
    }

    private static Dictionary<string, string> ByDomain(string key, IList<string> values, IList<string> domains, List<string> problems)
    {
        var paths = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var value in values)
        {
            var (domain, path) = value.Split('=', 2) is [var name, var rest] ? (name, rest) : (domains[0], value);
            if (!IsServed(domain, domains))
            {
                problems.Add($"{Setting.Name(key)}: {domain} is not hosted; it takes a path, or DOMAIN=PATH for one of {string.Join(", ", domains)}, or for a domain below.");
            }
            else if (!File.Exists(path))
            {
                problems.Add($"{Setting.Name(key)}: there is no file '{path}'.");
            }
            else if (!paths.TryAdd(domain, path))
            {
                problems.Add($"{Setting.Name(key)}: {domain} is named twice.");
            }
        }

        return paths;
    }
}
