using System.Text;
using Parley.Protocol;
using Parley.Server.Tests.Federation;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>XEP-0178, RFC 6120 §13.7.2: a certificate that does not vouch for the domain is worth nothing, whoever connected.</summary>
public sealed class EvilCertificateTests : IDisposable
{
    private const string Key = ServerPeer.Key;
    private readonly EvilCertificates _certificates = new();

    public static TheoryData<Link, string> Bad
    {
        get
        {
            var data = new TheoryData<Link, string>();
            foreach (var kind in EvilCertificates.Bad)
            {
                data.Add(Link.StartTls, kind);
                data.Add(Link.DirectTls, kind);
            }

            return data;
        }
    }

    public void Dispose() => _certificates.Dispose();

    /// <summary>What a server may show that is not good for one, and whether a certificate is asked for in so many words, or because there is no dialback.</summary>
    public static TheoryData<Link, string, bool> BadServers
    {
        get
        {
            var data = new TheoryData<Link, string, bool>();
            foreach (var (link, kind) in Bad.Select(static row => row.Data).Concat([(Link.StartTls, "for clients"), (Link.DirectTls, "for clients")]))
            {
                data.Add(link, kind, true);
                data.Add(link, kind, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task With_a_bad_certificate_EXTERNAL_is_not_authorized_and_dialback_is_next(Link link, string kind)
    {
        await using var network = await EvilNetwork.StartAsync(_certificates.Trust, answers: true);
        var evil = network[link];
        using var certificate = _certificates.Make(kind, evil.Domain);
        var peer = await evil.OpenAsync(network.Server, certificate);
        Assert.Null(peer.Features.Child("mechanisms", Namespaces.Sasl));

        foreach (var identity in new[] { evil.Domain, "" })
        {
            await AuthenticateAsync(peer, identity);
            await ExpectFailureAsync(peer, "not-authorized");
        }

        await peer.SendAsync($"<db:result from='{evil.Domain}' to='{EvilNetwork.Host}'>forged</db:result>");
        await peer.ExpectAsync("result", EvilNetwork.Host, evil.Domain, "invalid");
        await peer.ExpectStreamErrorAsync("not-authorized");
        var connections = network.Connections;
        Assert.True(connections > 0);

        var again = await evil.OpenAsync(network.Server, certificate);
        await again.SendAsync($"<db:result from='{evil.Domain}' to='{EvilNetwork.Host}'>{Key}</db:result>");
        await again.ExpectAsync("result", EvilNetwork.Host, evil.Domain, "valid");
        await network.NobodyNoticedAsync();
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Where_the_policy_asks_for_a_good_one_a_bad_one_is_the_end(Link link, string kind)
    {
        await using var network = await EvilNetwork.StartAsync(
            options =>
            {
                _certificates.Trust(options);
                options.Federation.Policy.AllowDialback = false;
                options.Federation.Policies["directtls.example"] = new() { RequireCertificate = true };
            },
            answers: true);
        var evil = network[link];
        using var certificate = _certificates.Make(kind, evil.Domain);
        var peer = await evil.OpenAsync(network.Server, certificate);

        await peer.SendAsync($"<db:result from='{evil.Domain}' to='{EvilNetwork.Host}'>{Key}</db:result>");
        await peer.ExpectAsync("result", EvilNetwork.Host, evil.Domain, "error", "not-authorized");
        for (var i = 0; i < 3; i++)
        {
            await AuthenticateAsync(peer, evil.Domain);
            await ExpectFailureAsync(peer, "not-authorized");
        }

        await peer.ExpectStreamErrorAsync("policy-violation");
        Assert.Equal(0, network.Connections);
        await network.NobodyNoticedAsync();
    }

    [Theory]
    [MemberData(nameof(BadServers))]
    public async Task A_server_with_a_bad_one_is_sent_nothing_where_a_good_one_is_asked_for(Link link, string kind, bool isRequired)
    {
        await using var network = await EvilNetwork.StartAsync(options =>
        {
            _certificates.Trust(options);
            (options.Federation.Policy.RequireCertificate, options.Federation.Policy.AllowDialback) = (isRequired, isRequired);
        });
        var evil = network[link];
        evil.Certificate = _certificates.Make(kind, evil.Domain);
        var romeo = await OutboundTableTests.WriteAsync(network, link);

        var stream = await evil.AcceptAsync($"<mechanisms xmlns='{Namespaces.Sasl}'><mechanism>EXTERNAL</mechanism></mechanisms>{EvilServer.DialbackFeature}");

        await stream.ExpectCloseAsync();
        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");
        await network.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData(Link.StartTls, "good")]
    [InlineData(Link.DirectTls, "good")]
    [InlineData(Link.StartTls, "for clients")]
    public async Task A_good_one_is_for_its_domain_and_no_other(Link link, string kind)
    {
        await using var network = await EvilNetwork.StartAsync(_certificates.Trust, answers: true);
        var evil = network[link];
        using var certificate = _certificates.Make(kind, evil.Domain);
        var peer = await evil.OpenAsync(network.Server, certificate, from: EvilNetwork.Victim);
        Assert.Null(peer.Features.Child("mechanisms", Namespaces.Sasl));
        await AuthenticateAsync(peer, EvilNetwork.Victim);
        await ExpectFailureAsync(peer, "not-authorized");
        await AuthenticateAsync(peer, evil.Domain);
        await ExpectFailureAsync(peer, "not-authorized");

        await peer.SendAsync($"<db:result from='{evil.Domain}' to='{EvilNetwork.Host}'>whatever</db:result>");
        await peer.ExpectAsync("result", EvilNetwork.Host, evil.Domain, "valid");
        await peer.SendAsync($"<db:result from='{EvilNetwork.Victim}' to='{EvilNetwork.Host}'>{Key}</db:result>");
        await peer.ExpectAsync("result", EvilNetwork.Host, EvilNetwork.Victim, "error", "forbidden");
        await peer.SendAsync(EvilNetwork.Messages(EvilNetwork.Victim));
        await peer.ExpectStreamErrorAsync("invalid-from");
        await network.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>ZXZp bC5leGFtcGxl</auth>", "incorrect-encoding")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>\nPQ==\n</auth>", "incorrect-encoding")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>PQ</auth>", "incorrect-encoding")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>PR==</auth>", "incorrect-encoding")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>==</auth>", "incorrect-encoding")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>%</auth>", "incorrect-encoding")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>/w==</auth>", "malformed-request")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'><x/></auth>", "malformed-request")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>QA==</auth>", "not-authorized")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>bUBzdGFydHRscy5leGFtcGxl</auth>", "not-authorized")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>dmljdGltLmV4YW1wbGU=</auth>", "not-authorized")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='external'>=</auth>", "invalid-mechanism")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>", "invalid-mechanism")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>biwsbj1hLHI9YQ==</auth>", "invalid-mechanism")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</auth>", "invalid-mechanism")]
    [InlineData("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</response>", "malformed-request")]
    [InlineData("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "aborted")]
    public async Task With_a_good_one_SASL_is_read_strictly_and_fails_three_times(string input, string condition)
    {
        await using var network = await EvilNetwork.StartAsync(_certificates.Trust);
        using var certificate = _certificates.Make("good", "starttls.example");
        var peer = await network[Link.StartTls].OpenAsync(network.Server, certificate);
        Assert.NotNull(peer.Features.Child("mechanisms", Namespaces.Sasl));

        for (var i = 0; i < 3; i++)
        {
            await peer.SendAsync(input);
            await ExpectFailureAsync(peer, condition);
        }

        await peer.ExpectStreamErrorAsync("policy-violation");
        await network.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>")]
    public async Task Before_TLS_where_it_is_required_encryption_is(string input)
    {
        await using var network = await EvilNetwork.StartAsync(_certificates.Trust);
        var peer = network.Server.ConnectServer();
        await network[Link.StartTls].OpenAsync(peer);

        await peer.SendAsync(input);

        await ExpectFailureAsync(peer, "encryption-required");
    }

    [Theory]
    [InlineData(EvilNetwork.Victim, EvilNetwork.Host, "not-authorized")]
    [InlineData("starttls.example", EvilNetwork.OtherHost, "not-authorized")]
    [InlineData("starttls.example", EvilNetwork.Plays, "not-authorized")]
    [InlineData("starttls.example", EvilNetwork.Victim, "host-unknown")]
    [InlineData(EvilNetwork.Host, EvilNetwork.Host, "invalid-from")]
    public async Task A_stream_that_is_authenticated_is_not_opened_again_for_others(string from, string to, string condition)
    {
        await using var network = await EvilNetwork.StartAsync(_certificates.Trust);
        using var certificate = _certificates.Make("good", "starttls.example");
        var peer = await network[Link.StartTls].OpenAsync(network.Server, certificate);
        await AuthenticateAsync(peer, "starttls.example");
        Assert.True((await peer.ReceiveAsync()).Is("success", Namespaces.Sasl), peer.Describe("<success/> was due"));

        peer.ExpectHeader();
        await peer.SendAsync(ServerPeer.Header(from, to, null) + EvilNetwork.Messages(EvilNetwork.Victim));

        await peer.ExpectStreamErrorAsync(condition);
        await network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task An_authenticated_stream_is_not_authenticated_again()
    {
        await using var network = await EvilNetwork.StartAsync(_certificates.Trust);
        using var certificate = _certificates.Make("good", "starttls.example");
        var evil = network[Link.StartTls];
        var peer = await evil.OpenAsync(network.Server, certificate);
        await AuthenticateAsync(peer, evil.Domain);
        await peer.ReceiveAsync();
        await evil.OpenAsync(peer);

        await AuthenticateAsync(peer, evil.Domain);

        await ExpectFailureAsync(peer, "not-authorized");
        await peer.SendAsync($"<message from='m@{evil.Domain}' to='witness@{EvilNetwork.OtherHost}'/>");
        await peer.ExpectStreamErrorAsync("invalid-from");
    }

    private static Task AuthenticateAsync(TestClient peer, string identity) => peer.SendAsync(
        $"<auth xmlns='{Namespaces.Sasl}' mechanism='EXTERNAL'>{(identity.Length == 0 ? "=" : Convert.ToBase64String(Encoding.UTF8.GetBytes(identity)))}</auth>");

    private static async Task ExpectFailureAsync(TestClient peer, string condition)
    {
        var failure = await peer.ReceiveAsync();
        Assert.True(failure.Is("failure", Namespaces.Sasl), peer.Describe("<failure/> was due"));
        Assert.True(failure.Child(condition, Namespaces.Sasl) is not null, peer.Describe($"{condition} was due"));
    }
}
