using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Federation;

/// <summary>Checks the certificates of other servers (RFC 6120 §13.7.2): the chain, by the system's authorities and the configured ones, and the names.</summary>
/// <remarks>
/// Nothing is fetched: certificates that the peer did not send are missing, unless it sends none at all, as in a resumed session, and others have sent them before. Revocation is not asked for, since a peer's certificate would choose whom we connect to.
/// </remarks>
public sealed class ServerCertificates : IDisposable
{
    private const string ExtendedKeyUsage = "2.5.29.37";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyUsage = "2.5.29.37.0";

    private const X509ChainStatusFlags TimeFlags = X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.NotTimeNested;
    private const X509ChainStatusFlags TrustFlags = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
    private readonly X509Certificate2Collection _authorities = [];
    private readonly IntermediateCertificates _intermediates = new();
    private readonly TimeProvider _time;

    /// <summary>Checks by the system's authorities and those of <see cref="FederationOptions.Authorities"/>, which are read now.</summary>
    public ServerCertificates(FederationOptions options, TimeProvider time)
    {
        _time = time;
        if (options.Authorities is { } path)
        {
            _authorities.ImportFromPemFile(path);
        }
    }

    /// <summary>Whether a certificate vouches for a domain.</summary>
    /// <param name="certificate">The peer's certificate; null when it has shown none.</param>
    /// <param name="sent">The other certificates that it sent.</param>
    /// <param name="domain">The domain, U-labels allowed. Never the host that an SRV record names.</param>
    /// <param name="service">What the domain is contacted for.</param>
    /// <param name="role">Which side of TLS the peer was on.</param>
    public CertificateVerdict Check(X509Certificate2? certificate, X509Certificate2Collection? sent, string domain, ServiceKind service, PeerRole role)
    {
        if (certificate is null)
        {
            return new CertificateVerdict([CertificateProblem.Missing], [], default, null);
        }

        var names = PeerNames.Of(certificate);
        var problems = new List<CertificateProblem>();
        var detail = CheckItself(certificate, sent, role, problems);
        if (!names.Include(domain, service))
        {
            Add(problems, CertificateProblem.WrongName);
        }

        return new CertificateVerdict(problems, [.. names.All], new DateTimeOffset(certificate.NotAfter).ToUniversalTime(), detail);
    }

    /// <summary>The names that a certificate vouches for, and until when; null when it vouches for none.</summary>
    internal (PeerNames Names, DateTimeOffset NotAfter)? Trust(X509Certificate2 certificate, X509Certificate2Collection? sent, PeerRole role)
    {
        var problems = new List<CertificateProblem>();
        CheckItself(certificate, sent, role, problems);
        return problems.Count == 0 ? (PeerNames.Of(certificate), new DateTimeOffset(certificate.NotAfter)) : null;
    }

    /// <summary>What TLS itself is to do with the peer's chain before <see cref="Check"/> judges it: nothing that goes over the network.</summary>
    public static X509ChainPolicy NewChainPolicy() => new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var authority in _authorities)
        {
            authority.Dispose();
        }
    }

    /// <summary>The usage by which the chain is checked; null when the certificate is not for this. One that does not say what it is for is for everything (RFC 5280 §4.2.1.12).</summary>
    private static string? UsageFor(X509Certificate2 certificate, PeerRole role)
    {
        var usages = Usages(certificate);
        return usages is null || usages.Contains(ServerAuthentication) ? ServerAuthentication
            : role == PeerRole.Client && usages.Contains(ClientAuthentication) ? ClientAuthentication
            : usages.Contains(AnyUsage) ? AnyUsage
            : null;
    }

    private string? CheckItself(X509Certificate2 certificate, X509Certificate2Collection? sent, PeerRole role, List<CertificateProblem> problems)
    {
        var usage = UsageFor(certificate, role);
        var detail = CheckChain(certificate, sent, usage, problems);
        if (usage is null)
        {
            Add(problems, CertificateProblem.WrongUsage);
        }

        return detail;
    }

    private string? CheckChain(X509Certificate2 certificate, X509Certificate2Collection? sent, string? usage, List<CertificateProblem> problems)
    {
        using var system = NewChain(sent, usage);
        if (system.Build(certificate))
        {
            _intermediates.Remember(system.ChainElements);
            return null;
        }

        if (_authorities.Count == 0)
        {
            return Describe(system, certificate, problems);
        }

        using var own = NewChain(sent, usage);
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        if (own.Build(certificate))
        {
            _intermediates.Remember(own.ChainElements);
            return null;
        }

        // The chain that leads to somebody known tells better what else is wrong.
        return Describe(Flags(own).HasFlag(X509ChainStatusFlags.UntrustedRoot) || Flags(own).HasFlag(X509ChainStatusFlags.PartialChain) ? system : own, certificate, problems);
    }

    private X509Chain NewChain(X509Certificate2Collection? sent, string? usage)
    {
        var chain = new X509Chain { ChainPolicy = NewChainPolicy() };
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().LocalDateTime;
        if (usage is not null and not AnyUsage)
        {
            // Authorities may be limited to a usage too.
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
        }

        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent);
        }
        else
        {
            chain.ChainPolicy.ExtraStore.AddRange(_intermediates.All);
        }

        return chain;
    }

    private static X509ChainStatusFlags Flags(X509Chain chain) =>
        chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (flags, status) => flags | status.Status);

    private string Describe(X509Chain chain, X509Certificate2 certificate, List<CertificateProblem> problems)
    {
        var flags = Flags(chain);
        if ((flags & TimeFlags) != X509ChainStatusFlags.NoError)
        {
            var now = _time.GetUtcNow().LocalDateTime;
            Add(problems, chain.ChainElements.Any(element => element.Certificate.NotBefore > now) ? CertificateProblem.NotYetValid : CertificateProblem.Expired);
        }

        if ((flags & TrustFlags) != X509ChainStatusFlags.NoError)
        {
            Add(problems, IsSelfSigned(certificate) ? CertificateProblem.SelfSigned : CertificateProblem.UnknownAuthority);
        }

        if (flags.HasFlag(X509ChainStatusFlags.NotValidForUsage))
        {
            Add(problems, CertificateProblem.WrongUsage);
        }

        // Whatever else there is; and a chain that is refused without a word is refused all the same.
        if ((flags & ~(TimeFlags | TrustFlags | X509ChainStatusFlags.NotValidForUsage)) != X509ChainStatusFlags.NoError || problems.Count == 0)
        {
            Add(problems, CertificateProblem.Invalid);
        }

        return string.Join(" ", chain.ChainStatus.Select(static status => status.StatusInformation.Trim()).Distinct(StringComparer.Ordinal));
    }

    private static bool IsSelfSigned(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static IReadOnlyList<string?>? Usages(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions.FirstOrDefault(static extension => extension.Oid?.Value == ExtendedKeyUsage) is { } raw
                ? [.. new X509EnhancedKeyUsageExtension(raw, raw.Critical).EnhancedKeyUsages.Cast<Oid>().Select(static usage => usage.Value)]
                : null;
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    private static void Add(List<CertificateProblem> problems, CertificateProblem problem)
    {
        if (!problems.Contains(problem))
        {
            problems.Add(problem);
        }
    }
}
