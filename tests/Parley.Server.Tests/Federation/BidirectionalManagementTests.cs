using System.Text;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ManagedServerPeer;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>Stream management (XEP-0198), streams both ways (XEP-0288) and streams of several domains (XEP-0220 §2.6.2) next to each other: the first comes first, and on one stream there is one of them. Capulet is played.</summary>
public sealed class BidirectionalManagementTests : IDisposable
{
    private const string Rooms = $"rooms.{Capulet}";
    private const string Bidi = "<bidi xmlns='urn:xmpp:bidi'/>";
    private const string BidiFeature = "<bidi xmlns='urn:xmpp:features:bidi'/>";
    private const string DialbackFeature = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>";
    private const string ManagementFeature = $"<sm xmlns='{Management}'/>";
    private const string BidiFeatures = $"<stream:features>{BidiFeature}{DialbackFeature}</stream:features>";
    private readonly string _folder = Directory.CreateTempSubdirectory("parley-bidi-sm-").FullName;
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    public BidirectionalManagementTests()
    {
        _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);
        _network.Record($"_xmpp-server._tcp.{Rooms} SRV 0 0 5269 {Capulet}");
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _certificate.Dispose();
    }

    [Fact]
    public async Task Where_both_are_on_offer_the_stream_is_managed()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, Capulet, "1");
        var stream = await _accepted.AcceptAsync(features: $"<stream:features>{BidiFeature}{DialbackFeature}{ManagementFeature}</stream:features>");

        var first = await stream.ReceiveAsync();
        Assert.True(first.Is("result", Dialback), stream.Describe("A key was due"));
        await stream.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");
        await stream.BeEnabledAsync();
        await stream.ExpectMessagesAsync("1");
    }

    [Fact]
    public async Task A_bidirectional_stream_is_not_managed_when_that_is_on_offer_later()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, Capulet, "1");
        await using var stream = await AcceptSecureAsync($"<stream:features>{BidiFeature}{DialbackFeature}<mechanisms xmlns='{Namespaces.Sasl}'><mechanism>EXTERNAL</mechanism></mechanisms></stream:features>");
        Assert.True((await stream.ReceiveAsync()).Is("bidi", "urn:xmpp:bidi"));
        Assert.True((await stream.ReceiveAsync()).Is("auth", Namespaces.Sasl));
        stream.ExpectHeader();
        await stream.SendAsync($"<success xmlns='{Namespaces.Sasl}'/>");
        await stream.ReceiveHeaderAsync();

        await stream.SendAsync(Header(Capulet, Montague, "D60000229F") + $"<stream:features>{DialbackFeature}{ManagementFeature}</stream:features>");

        Assert.Equal("1", (await stream.ReceiveAsync()).Attribute("id"));
        await stream.SendAsync($"<message id='2' from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'><body>2</body></message>");
        Assert.Equal("2", (await romeo.MessageAsync()).Attribute("id"));
    }

    [Theory]
    [InlineData("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")]
    [InlineData("<resume xmlns='urn:xmpp:sm:3' previd='some-long-sm-id' h='0'/>")]
    public async Task A_stream_that_became_bidirectional_is_not_managed_and_goes_on(string element)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"{Bidi}<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        await (await _accepted.AcceptAsync()).AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");

        await peer.SendAsync(element);

        (await peer.ReceiveAsync()).IsFailed("feature-not-implemented");
        await peer.SendAsync($"<message id='1' from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'><body>1</body></message>");
        Assert.Equal("1", (await romeo.MessageAsync()).Attribute("id"));
        await SendAsync(romeo, Capulet, "2");
        Assert.Equal("2", (await peer.ReceiveAsync()).Attribute("id"));
    }

    [Fact]
    public async Task It_is_not_on_offer_behind_EXTERNAL_once_the_stream_is_bidirectional()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        Assert.True((await peer.ReceiveAsync()).Is("proceed", Namespaces.Tls));
        await peer.SecureAsync(_certificate.Certificate);
        peer.ExpectHeader();
        await peer.SendAsync(Header(Capulet, Montague, null));
        await peer.ReceiveFeaturesAsync();
        Assert.NotNull(peer.Features.Child("sm", Management));
        await peer.SendAsync($"{Bidi}<auth xmlns='{Namespaces.Sasl}' mechanism='EXTERNAL'>{Convert.ToBase64String(Encoding.UTF8.GetBytes(Capulet))}</auth>");
        Assert.True((await peer.ReceiveAsync()).Is("success", Namespaces.Sasl));
        peer.ExpectHeader();

        await peer.SendAsync(Header(Capulet, Montague, null));

        await peer.ReceiveFeaturesAsync();
        Assert.Null(peer.Features.Child("sm", Management));
    }

    [Fact]
    public async Task A_managed_stream_does_not_become_bidirectional()
    {
        await using var server = await StartAsync();
        var peer = await server.VerifiedAsync(_accepted);
        await peer.EnableAsync();

        await peer.SendAsync(Bidi);

        var error = await peer.ReceiveAsync(static element => element.Is("error", Namespaces.Streams));
        Assert.NotNull(error.Child("unsupported-stanza-type", Namespaces.StreamErrors));
    }

    [Fact]
    public async Task Another_domain_of_a_server_with_stream_management_has_a_stream_of_its_own_and_each_is_resumed()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, Capulet, "1");
        var stream = await AcceptManagedAsync(Capulet, "first-sm-id");
        await stream.ExpectMessagesAsync("1");

        await SendAsync(romeo, Rooms, "2");
        var own = await AcceptManagedAsync(Rooms, "second-sm-id");
        await own.ExpectMessagesAsync("2");
        await own.AskHandledAsync();
        await own.DisposeAsync();

        var next = await _accepted.AcceptAsync(features: ManagedFeatures, domain: Rooms);
        await AcceptKeyAsync(next, Rooms);
        await next.BeResumedAsync("second-sm-id");
        await next.SendAsync($"<resumed xmlns='{Management}' previd='second-sm-id' h='0'/>");
        await next.ExpectMessagesAsync("2");
        await SendAsync(romeo, Capulet, "3");
        await stream.ExpectMessagesAsync("3");
    }

    [Fact]
    public async Task What_a_lost_managed_stream_left_behind_takes_no_way_back()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, Capulet, "1");
        var lost = await AcceptManagedAsync(Capulet, "some-long-sm-id");
        await lost.ExpectMessagesAsync("1");
        await lost.AskHandledAsync();
        await lost.DisposeAsync();
        var next = await _accepted.AcceptAsync(features: ManagedFeatures);

        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"{Bidi}<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var result = await next.ReceiveAsync(static element => element.Is("result", Dialback));
        Assert.Equal(Montague, result.Attribute("from"));
        await next.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");
        await SendAsync(romeo, Capulet, "2");
        await next.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");

        await next.BeResumedAsync();
        await next.SendAsync($"<resumed xmlns='{Management}' previd='some-long-sm-id' h='0'/>");
        await next.ExpectMessagesAsync("1", "2");
    }

    [Fact]
    public async Task What_a_lost_way_back_did_not_take_goes_on_a_managed_stream_of_ours()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"{Bidi}<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var ours = await _accepted.AcceptAsync(features: ManagedFeatures);
        await ours.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");
        await SendAsync(romeo, Capulet, "1");
        Assert.Equal("1", (await peer.ReceiveAsync()).Attribute("id"));

        await peer.SendAsync("</stream:stream>");
        await peer.ExpectCloseAsync();
        await SendAsync(romeo, Capulet, "2", "3");

        await AcceptKeyAsync(ours, Capulet);
        await ours.BeEnabledAsync();
        await ours.ExpectMessagesAsync("2", "3");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_servers_have_a_managed_stream_each_way(bool isDialbackAllowed)
    {
        using var certificate = new TestCertificate("example.org", "example.net");
        var authorities = Path.Combine(_folder, "authorities.pem");
        await File.WriteAllTextAsync(authorities, certificate.Certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        _network.Name("example.net", "192.0.2.2");
        await using var org = await _network.StartAsync("192.0.2.1", ["example.org"], Configure, certificate);
        await using var net = await _network.StartAsync("192.0.2.2", ["example.net"], Configure, certificate);
        var alice = await org.LoginAsync("alice@example.org/desk");
        var bob = await net.LoginAsync("bob@example.net/phone");

        for (var i = 0; i < 20; i++)
        {
            await alice.SendAsync($"<message id='a{i}' to='bob@example.net/phone'><body>x</body></message>");
            Assert.Equal($"a{i}", (await bob.MessageAsync()).Attribute("id"));
            await bob.SendAsync($"<message id='b{i}' to='alice@example.org/desk'><body>x</body></message>");
            Assert.Equal($"b{i}", (await alice.MessageAsync()).Attribute("id"));
        }

        Assert.Equal(2, _network.Connections);

        void Configure(XmppServerOptions options)
        {
            options.Federation.Authorities = authorities;
            options.Federation.Policy.AllowDialback = isDialbackAllowed;
        }
    }

    private static async Task SendAsync(TestClient client, string domain, params string[] ids)
    {
        foreach (var id in ids)
        {
            await client.SendAsync($"<message id='{id}' to='juliet@{domain}'><body>{id}</body></message>");
        }
    }

    private static async Task AcceptKeyAsync(TestClient stream, string domain)
    {
        var result = await stream.ReceiveAsync(static element => element.Is("result", Dialback));
        Assert.Equal((Montague, domain), (result.Attribute("from"), result.Attribute("to")));
        await stream.SendAsync($"<db:result from='{domain}' to='{Montague}' type='valid'/>");
    }

    private async Task<TestClient> AcceptManagedAsync(string domain, string id)
    {
        var stream = await _accepted.AcceptAsync(features: ManagedFeatures, domain: domain);
        await AcceptKeyAsync(stream, domain);
        await stream.BeEnabledAsync(id);
        return stream;
    }

    // The connection that the server makes, behind TLS, where EXTERNAL may be used.
    private async Task<TestClient> AcceptSecureAsync(string features)
    {
        var stream = await _accepted.AcceptAsync(features: $"<stream:features><starttls xmlns='{Namespaces.Tls}'/></stream:features>");
        Assert.True((await stream.ReceiveAsync()).Is("starttls", Namespaces.Tls));
        await stream.SendAsync($"<proceed xmlns='{Namespaces.Tls}'/>");
        await stream.AcceptSecureAsync(_certificate.Certificate);
        await stream.ReceiveHeaderAsync();
        await stream.SendAsync(Header(Capulet, Montague, "D60000229F") + features);
        return stream;
    }

    private async Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null)
    {
        var authorities = Path.Combine(_folder, "trusted.pem");
        await File.WriteAllTextAsync(authorities, _certificate.Certificate.ExportCertificatePem());
        return await _network.StartAsync("192.0.2.1", [Montague], given =>
        {
            given.Federation.Policy.RequireTls = false;
            given.Federation.Authorities = authorities;
            options?.Invoke(given);
        });
    }
}
