using System.Security.Cryptography.X509Certificates;
using Parley.Server.Hosting;
using Parley.Server.Tests.Federation;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>Certificates of an authority that the server trusts and of one that it does not, good and bad, at the time of the tests.</summary>
internal sealed class EvilCertificates : IDisposable
{
    // When the time of a test server begins.
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TestAuthority _trusted = new("Trusted", now: Now);
    private readonly TestAuthority _unknown = new("Unknown", now: Now);
    private readonly TestAuthority _past = new("Past", now: Now, notAfter: Now.AddDays(-1));
    private readonly string _file = Path.GetTempFileName();

    internal EvilCertificates() => File.WriteAllText(_file, _trusted.Certificate.ExportCertificatePem() + "\n" + _past.Certificate.ExportCertificatePem());

    /// <summary>What there is of bad ones.</summary>
    internal static string[] Bad => ["self-signed", "expired", "not yet valid", "expired authority", "another name", "parent's name", "common name", "unknown authority", "for mail"];

    /// <summary>Has a server trust the authority.</summary>
    internal void Trust(XmppServerOptions options) => options.Federation.Authorities = _file;

    /// <summary>A certificate for a domain, or one that is not.</summary>
    internal X509Certificate2 Make(string kind, string domain) => kind switch
    {
        "good" => _trusted.Issue($"dns:{domain}"),
        "for clients" => _trusted.Issue($"dns:{domain}", usages: [TestAuthority.ClientAuthentication]),
        "self-signed" => TestAuthority.SelfSigned($"dns:{domain}"),
        "expired" => _trusted.Issue($"dns:{domain}", notBefore: -10, notAfter: -1),
        "not yet valid" => _trusted.Issue($"dns:{domain}", notBefore: 1, notAfter: 10),
        "expired authority" => _past.Issue($"dns:{domain}"),
        "another name" => _trusted.Issue("dns:other.example"),
        "parent's name" => _trusted.Issue($"dns:{domain[(domain.IndexOf('.', StringComparison.Ordinal) + 1)..]} dns:*.{domain}"),
        "common name" => _trusted.Issue("", commonName: domain),
        "unknown authority" => _unknown.Issue($"dns:{domain}"),
        "for mail" => _trusted.Issue($"dns:{domain}", usages: ["1.3.6.1.5.5.7.3.4"]),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public void Dispose()
    {
        _trusted.Dispose();
        _unknown.Dispose();
        _past.Dispose();
        File.Delete(_file);
    }
}
