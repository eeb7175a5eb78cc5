using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Server.Connections;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hosting;

public sealed class CertificateFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("parley-certificates-").FullName;
    private readonly FakeTime _time = new();
    private readonly Heartbeat _heartbeat;
    private DateTime _writtenAt = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public CertificateFilesTests() => _heartbeat = new Heartbeat(_time);

    [Theory]
    [InlineData("example.org", "CN=first")]
    [InlineData("EXAMPLE.org", "CN=first")]
    [InlineData("chat.example.net", "CN=second")]
    [InlineData("xn--bcher-kva.example", "CN=third")]
    [InlineData("bücher.example", "CN=third")]
    [InlineData("unknown.example", "CN=first")]
    [InlineData("not a name", "CN=first")]
    [InlineData("", "CN=first")]
    [InlineData(null, "CN=first")]
    public void Finds_a_domains_own_certificate_then_one_that_names_it_then_the_default(string? domain, string subject)
    {
        using var files = Read(Write("example.org", "first"), Write("example.net", "second", "*.example.net"), Write("bücher.example", "third"));

        Assert.Equal(subject, files.Find(domain)!.TargetCertificate.Subject);
    }

    [Fact]
    public void Without_files_there_is_no_certificate()
    {
        using var files = Read();

        Assert.Null(files.Find("example.org"));
    }

    [Fact]
    public void A_renewed_certificate_is_shown_after_ten_seconds()
    {
        using var files = Read(Write("example.org", "old"));
        Write("example.org", "new");

        Assert.Equal("CN=old", Subject(files));
        _time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal("CN=new", Subject(files));
    }

    [Fact]
    public void Files_that_cannot_be_used_leave_the_certificate_in_place()
    {
        using var files = Read(Write("example.org", "old"));
        foreach (var broken in new[] { "", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" })
        {
            WriteText("example.org.pem", broken);
            _time.Advance(TimeSpan.FromSeconds(11));
            Assert.Equal("CN=old", Subject(files));
        }

        File.Delete(Path.Combine(_directory, "example.org.key"));
        files.Reload(unchangedToo: true);
        Assert.Equal("CN=old", Subject(files));

        Write("example.org", "new");
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("CN=new", Subject(files));
    }

    [Fact]
    public void A_key_of_another_certificate_leaves_the_certificate_in_place()
    {
        using var files = Read(Write("example.org", "old"));
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        WriteText("example.org.key", stranger.ExportPkcs8PrivateKeyPem());

        files.Reload(unchangedToo: true);

        Assert.Equal("CN=old", Subject(files));
    }

    [Fact]
    public void A_file_that_cannot_be_used_at_start_is_named()
    {
        WriteText("example.org.pem", "no PEM");
        WriteText("example.org.key", "no PEM");

        var exception = Assert.Throws<CertificateFileException>(() => Read(At("example.org")));

        Assert.Contains(Path.Combine(_directory, "example.org.pem"), exception.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _heartbeat.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Subject(CertificateFiles files) => files.Find("example.org")!.TargetCertificate.Subject;

    private CertificateFiles Read(params CertificateFile[] files) => new(files, _heartbeat, _time, NullLogger<CertificateFiles>.Instance);

    private CertificateFile Write(string domain, string commonName, string? name = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name ?? domain);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        WriteText($"{domain}.pem", certificate.ExportCertificatePem());
        WriteText($"{domain}.key", key.ExportPkcs8PrivateKeyPem());
        return At(domain);
    }

    private CertificateFile At(string domain) => new(domain, Path.Combine(_directory, $"{domain}.pem"), Path.Combine(_directory, $"{domain}.key"));

    // Each write has a time of its own, however fast they follow each other.
    private void WriteText(string name, string content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, _writtenAt = _writtenAt.AddSeconds(1));
    }
}
