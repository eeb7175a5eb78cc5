using System.Text;
using Parley.Protocol;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0178 §3: what a server's certificate is good for when it authenticates with SASL EXTERNAL. The peer is played.</summary>
public sealed class ExternalTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("parley-external-").FullName;
    private readonly TestCertificate _trusted = new(Capulet);
    private readonly TestCertificate _stranger = new(Capulet);
    private readonly TestCertificate _other = new("other.example");

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _trusted.Dispose();
        _stranger.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData(Capulet)]
    [InlineData("")]
    public async Task A_certificate_for_the_domain_is_enough(string identity)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await SecureAsync(server, _trusted);
        Assert.NotNull(peer.Features.Child("mechanisms", Namespaces.Sasl));

        await AuthenticateAsync(peer, identity);
        Assert.True((await peer.ReceiveAsync()).Is("success", Namespaces.Sasl));
        await OpenAsync(peer);
        Assert.Null(peer.Features.Child("mechanisms", Namespaces.Sasl));
        await peer.SendAsync($"<message from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'><body>hi</body></message>");

        await romeo.MessageAsync();
        Assert.Equal(0, _network.Connections);
    }

    [Fact]
    public async Task Dialback_with_such_a_certificate_asks_nobody()
    {
        await using var server = await StartAsync();
        var peer = await SecureAsync(server, _trusted);

        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");

        await peer.ExpectAsync("result", Montague, Capulet, "valid");
        Assert.Equal(0, _network.Connections);
    }

    [Theory]
    [InlineData("self-signed")]
    [InlineData("wrong name")]
    [InlineData("none")]
    public async Task Another_certificate_is_offered_no_EXTERNAL_and_takes_none(string kind)
    {
        await using var server = await StartAsync();
        var peer = await SecureAsync(server, kind switch { "self-signed" => _stranger, "wrong name" => _other, _ => null });
        Assert.Null(peer.Features.Child("mechanisms", Namespaces.Sasl));
        Assert.NotNull(peer.Features.Child("dialback", "urn:xmpp:features:dialback"));

        for (var i = 0; i < 3; i++)
        {
            await AuthenticateAsync(peer, Capulet);
            var failure = await peer.ReceiveAsync();
            Assert.True(failure.Is("failure", Namespaces.Sasl), peer.Describe("<failure/> was due"));
            Assert.NotNull(failure.Child("not-authorized", Namespaces.Sasl));
        }

        await peer.ExpectStreamErrorAsync("policy-violation");
    }

    [Theory]
    [InlineData("EXTERNAL", "b3RoZXIuZXhhbXBsZQ==", "not-authorized")]
    [InlineData("EXTERNAL", "%", "incorrect-encoding")]
    [InlineData("PLAIN", "AGEAYg==", "invalid-mechanism")]
    public async Task Another_identity_or_mechanism_is_refused(string mechanism, string response, string condition)
    {
        await using var server = await StartAsync();
        var peer = await SecureAsync(server, _trusted);

        await peer.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='{mechanism}'>{response}</auth>");

        Assert.NotNull((await peer.ReceiveAsync()).Child(condition, Namespaces.Sasl));
    }

    private static Task AuthenticateAsync(TestClient peer, string identity) => peer.SendAsync(
        $"<auth xmlns='{Namespaces.Sasl}' mechanism='EXTERNAL'>{(identity.Length == 0 ? "=" : Convert.ToBase64String(Encoding.UTF8.GetBytes(identity)))}</auth>");

    private static async Task OpenAsync(TestClient peer)
    {
        peer.ExpectHeader();
        await peer.SendAsync(Header(Capulet, Montague, null));
        await peer.ReceiveFeaturesAsync();
    }

    private static async Task<TestClient> SecureAsync(XmppTestServer server, TestCertificate? certificate)
    {
        var peer = server.ConnectServer();
        await OpenAsync(peer);
        Assert.NotNull(peer.Features.Child("starttls", Namespaces.Tls)?.Child("required", Namespaces.Tls));
        await peer.SendAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        Assert.True((await peer.ReceiveAsync()).Is("proceed", Namespaces.Tls));
        await (certificate is null ? peer.SecureAsync() : peer.SecureAsync(certificate.Certificate));
        await OpenAsync(peer);
        return peer;
    }

    private async Task<XmppTestServer> StartAsync()
    {
        var authorities = Path.Combine(_folder, "authorities.pem");
        await File.WriteAllTextAsync(authorities, _trusted.Certificate.ExportCertificatePem());
        return await _network.StartAsync("192.0.2.1", [Montague], options => options.Federation.Authorities = authorities);
    }
}
