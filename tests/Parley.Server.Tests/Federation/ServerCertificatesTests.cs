using System.Security.Cryptography.X509Certificates;
using Parley.Server.Federation;
using Xunit;

namespace Parley.Server.Tests.Federation;

/// <summary>Whether a certificate vouches for a domain, with certificates made for the test.</summary>
public sealed class ServerCertificatesTests : IDisposable
{
    private const string Server = TestAuthority.ServerAuthentication;
    private const string Client = TestAuthority.ClientAuthentication;
    private readonly TestAuthority _authority = new();
    private readonly string _file = Path.GetTempFileName();
    private readonly ServerCertificates _certificates;

    public ServerCertificatesTests()
    {
        File.WriteAllText(_file, _authority.Certificate.ExportCertificatePem());
        _certificates = new ServerCertificates(new FederationOptions { Authorities = _file }, TimeProvider.System);
    }

    [Theory]
    [InlineData("dns:example.org", "example.org", true)]
    [InlineData("dns:EXAMPLE.org", "example.org", true)]
    [InlineData("dns:other.org dns:example.org", "example.org", true)]
    [InlineData("dns:example.org", "chat.example.org", false)]
    [InlineData("dns:example.org", "anexample.org", false)]
    [InlineData("dns:example.org", "example.org.evil.com", false)]
    [InlineData("dns:*.example.org", "chat.example.org", true)]
    [InlineData("dns:*.example.org", "example.org", false)]
    [InlineData("dns:*.example.org", "a.chat.example.org", false)]
    [InlineData("dns:*.org", "example.org", false)]
    [InlineData("dns:*", "example.org", false)]
    [InlineData("dns:*.", "example.org", false)]
    [InlineData("dns:c*.example.org", "chat.example.org", false)]
    [InlineData("dns:chat.*.org", "chat.example.org", false)]
    [InlineData("dns:*.*.org", "chat.example.org", false)]
    [InlineData("dns:xn--bcher-kva.example", "bücher.example", true)]
    [InlineData("dns:*.example.org", "bücher.example.org", true)]
    [InlineData("dns:xn--bcher-kva.example", "bucher.example", false)]
    [InlineData("srv:_xmpp-server.example.org", "example.org", true)]
    [InlineData("srv:_XMPP-Server.Example.org", "example.org", true)]
    [InlineData("srv:_xmpp-client.example.org", "example.org", false)]
    [InlineData("srv:_imap.example.org", "example.org", false)]
    [InlineData("srv:example.org", "example.org", false)]
    [InlineData("srv:_xmpp-server.*.org", "example.org", false)]
    [InlineData("xmpp:example.org", "example.org", true)]
    [InlineData("xmpp:bücher.example", "bücher.example", true)]
    [InlineData("xmpp:alice@example.org", "example.org", false)]
    [InlineData("xmpp:example.org/r", "example.org", false)]
    [InlineData("xmpp:*.example.org", "chat.example.org", false)]
    [InlineData("other:example.org", "example.org", false)]
    [InlineData("email:a@example.org dns:example.org", "example.org", true)]
    [InlineData("ip:192.0.2.1", "192.0.2.1", true)]
    [InlineData("ip:2001:db8::1", "[2001:db8::1]", true)]
    [InlineData("dns:192.0.2.1", "192.0.2.1", false)]
    [InlineData("badxmpp:example.org", "example.org", false)]
    [InlineData("", "example.org", false)]
    public void A_name_is_the_domains_or_it_is_not(string names, string domain, bool isIts)
    {
        // The common name never counts.
        using var certificate = _authority.Issue(names, commonName: "example.org");

        Assert.Equal(isIts ? [] : [CertificateProblem.WrongName], Check(certificate, domain).Problems);
    }

    [Fact]
    public void A_name_with_a_NUL_in_it_is_nobodys()
    {
        using var certificate = _authority.Issue("dns:example.org\0.evil.com");

        Assert.Equal([CertificateProblem.WrongName], Check(certificate, "example.org").Problems);
    }

    [Theory]
    [InlineData(-2, -1, CertificateProblem.Expired)]
    [InlineData(1, 2, CertificateProblem.NotYetValid)]
    public void Its_time_has_to_be_now(int notBefore, int notAfter, CertificateProblem problem)
    {
        using var certificate = _authority.Issue("dns:example.org", notBefore, notAfter);

        Assert.Equal([problem], Check(certificate).Problems);
    }

    [Fact]
    public void One_that_signed_itself_is_trusted_only_where_it_is_configured()
    {
        using var certificate = TestAuthority.SelfSigned("dns:example.org");

        Assert.Equal([CertificateProblem.SelfSigned], Check(certificate).Problems);
        File.WriteAllText(_file, certificate.ExportCertificatePem());
        using var pinned = new ServerCertificates(new FederationOptions { Authorities = _file }, TimeProvider.System);
        Assert.True(pinned.Check(certificate, null, "example.org", ServiceKind.Server, PeerRole.Server).IsValid);
    }

    [Fact]
    public void All_that_is_wrong_is_told()
    {
        using var certificate = TestAuthority.SelfSigned("dns:example.net", notAfter: -1);

        Assert.Equal([CertificateProblem.Expired, CertificateProblem.SelfSigned, CertificateProblem.WrongName], Check(certificate).Problems);
        Assert.NotNull(Check(certificate).Detail);
    }

    [Fact]
    public void An_authority_that_nobody_trusts_does_not_do()
    {
        using var other = new TestAuthority();
        using var certificate = other.Issue("dns:example.org");

        Assert.NotEmpty(Check(certificate).Problems);
        using var without = new ServerCertificates(new FederationOptions(), TimeProvider.System);
        using var own = _authority.Issue("dns:example.org");
        Assert.Equal([CertificateProblem.UnknownAuthority], without.Check(own, null, "example.org", ServiceKind.Server, PeerRole.Server).Problems);
    }

    [Fact]
    public void The_same_authoritys_name_with_another_key_does_not_do()
    {
        using var impostor = new TestAuthority("Test authority");
        using var certificate = impostor.Issue("dns:example.org");

        Assert.Contains(Check(certificate).Problems[0], (CertificateProblem[])[CertificateProblem.UnknownAuthority, CertificateProblem.Invalid]);
    }

    [Fact]
    public void What_is_between_has_to_be_sent_and_valid()
    {
        using var between = new TestAuthority("Between", _authority);
        using var expired = new TestAuthority("Between", _authority, DateTimeOffset.UtcNow.AddDays(-1));
        using var certificate = between.Issue("dns:example.org");
        using var late = expired.Issue("dns:example.org");

        Assert.Equal([CertificateProblem.UnknownAuthority], Check(certificate).Problems);
        Assert.Empty(Check(certificate, sent: between.Certificate).Problems);
        Assert.Equal([CertificateProblem.Expired], Check(late, sent: expired.Certificate).Problems);
    }

    [Fact]
    public void An_authority_for_something_else_does_not_do()
    {
        using var mail = new TestAuthority("Mail", _authority, usage: "1.3.6.1.5.5.7.3.4");
        using var certificate = mail.Issue("dns:example.org");

        Assert.Equal([CertificateProblem.WrongUsage], Check(certificate, sent: mail.Certificate).Problems);
    }

    [Theory]
    [InlineData(null, PeerRole.Server, true)]
    [InlineData(null, PeerRole.Client, true)]
    [InlineData(Server, PeerRole.Server, true)]
    [InlineData(Server, PeerRole.Client, true)]
    [InlineData(Client, PeerRole.Server, false)]
    [InlineData(Client, PeerRole.Client, true)]
    [InlineData("2.5.29.37.0", PeerRole.Server, true)]
    [InlineData("1.3.6.1.5.5.7.3.4", PeerRole.Server, false)]
    [InlineData("1.3.6.1.5.5.7.3.4", PeerRole.Client, false)]
    public void It_has_to_be_for_this(string? usage, PeerRole role, bool isFor)
    {
        using var certificate = _authority.Issue("dns:example.org", usages: usage is null ? null : [usage]);

        Assert.Equal(isFor ? [] : [CertificateProblem.WrongUsage], _certificates.Check(certificate, null, "example.org", ServiceKind.Server, role).Problems);
    }

    [Fact]
    public void None_is_missing() =>
        Assert.Equal([CertificateProblem.Missing], _certificates.Check(null, null, "example.org", ServiceKind.Server, PeerRole.Client).Problems);

    [Fact]
    public void Names_are_told_to_people()
    {
        using var certificate = _authority.Issue("dns:example.org srv:_xmpp-server.example.org xmpp:bücher.example ip:192.0.2.1");

        Assert.Equal(["example.org", "SRVName _xmpp-server.example.org", "xmppAddr bücher.example", "192.0.2.1"], Check(certificate).Names);
    }

    public void Dispose()
    {
        _certificates.Dispose();
        _authority.Dispose();
        File.Delete(_file);
    }

    private CertificateVerdict Check(X509Certificate2 certificate, string domain = "example.org", X509Certificate2? sent = null) =>
        _certificates.Check(certificate, sent is null ? null : [sent], domain, ServiceKind.Server, PeerRole.Server);
}
