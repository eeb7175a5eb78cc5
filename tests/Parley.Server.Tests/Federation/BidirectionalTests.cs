using System.Text;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0288: one stream for stanzas both ways, as the receiving and as the connecting server. Capulet is played.</summary>
public sealed class BidirectionalTests : IDisposable
{
    private const string Verona = "verona.example";
    private const string Bidi = "<bidi xmlns='urn:xmpp:bidi'/>";
    private const string BidiFeatures =
        "<stream:features><bidi xmlns='urn:xmpp:features:bidi'/><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>";
    private readonly string _folder = Directory.CreateTempSubdirectory("parley-bidi-").FullName;
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    public BidirectionalTests() => _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _certificate.Dispose();
    }

    [Fact]
    public async Task Stanzas_go_back_on_the_stream_of_a_pair_that_was_verified()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var (peer, _) = await VerifiedAsync(server);

        await SendAsync(romeo, "1", "2");
        await ExpectMessagesAsync(peer, "1", "2");
        await peer.SendAsync($"<message id='3' from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'><body>3</body></message>");

        Assert.Equal("3", (await romeo.MessageAsync()).Attribute("id"));
        Assert.Equal(1, _network.Connections);
    }

    [Fact]
    public async Task What_waited_for_a_stream_of_ours_takes_the_way_back_that_is_there_first()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1", "2");
        var ours = await _accepted.AcceptAsync();
        await ours.ReceiveAsync(static element => element.Is("result", Dialback));

        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"{Bidi}<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        await ours.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");
        await ExpectMessagesAsync(peer, "1", "2");

        // Ours is good now as well, and changes nothing.
        await ours.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");
        await SendAsync(romeo, "3");
        await ExpectMessagesAsync(peer, "3");
    }

    [Fact]
    public async Task What_goes_on_a_stream_of_ours_stays_there()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var ours = await _accepted.AcceptAsync();
        await ours.ReceiveAsync(static element => element.Is("result", Dialback));
        await ours.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");
        await ExpectMessagesAsync(ours, "1");
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"{Bidi}<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        await ours.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");

        await SendAsync(romeo, "2");

        await ExpectMessagesAsync(ours, "2");
    }

    [Fact]
    public async Task Nothing_goes_back_before_the_peer_is_known()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await server.OpenServerAsync();
        await peer.SendAsync(Bidi);

        await SendAsync(romeo, "1");

        await (await _accepted.AcceptAsync()).ReceiveAsync(static element => element.Is("result", Dialback));
        await peer.SendAsync($"<db:result from='{Capulet}' to='stranger.example'>{Key}</db:result>");
        await peer.ExpectAsync("result", "stranger.example", Capulet, "error", "item-not-found");
    }

    [Fact]
    public async Task Only_the_domain_of_ours_that_was_asked_for_sends_back_and_only_to_the_one_that_asked()
    {
        var other = _network.Play("other.example", "192.0.2.10", _certificate);
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        var (peer, authority) = await VerifiedAsync(server);

        await SendAsync(duke, "1");
        var asked = await authority.ReceiveAsync(static element => element.Is("result", Dialback));
        Assert.Equal(Verona, asked.Attribute("from"));
        await romeo.SendAsync("<message id='2' to='x@other.example'><body>2</body></message>");
        await (await other.AcceptAsync(domain: "other.example")).ReceiveAsync(static element => element.Is("result", Dialback));
        await SendAsync(romeo, "3");

        await ExpectMessagesAsync(peer, "3");
    }

    [Fact]
    public async Task Without_being_asked_for_nothing_goes_back()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var authority = await _accepted.AcceptAsync();
        await authority.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");

        await SendAsync(romeo, "1");

        await authority.ReceiveAsync(static element => element.Is("result", Dialback));
    }

    [Fact]
    public async Task When_the_stream_ends_what_comes_then_goes_on_our_own()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var (peer, authority) = await VerifiedAsync(server);
        await SendAsync(romeo, "1");
        await ExpectMessagesAsync(peer, "1");

        await peer.SendAsync("</stream:stream>");
        await peer.ExpectCloseAsync();
        await SendAsync(romeo, "2", "3");
        await authority.ReceiveAsync(static element => element.Is("result", Dialback));
        await authority.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");

        await ExpectMessagesAsync(authority, "2", "3");
    }

    [Fact]
    public async Task A_certificate_opens_the_way_back_once_the_stream_was_restarted()
    {
        await using var server = await StartAsync(trusted: true);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await SecureAsync(server);
        Assert.NotNull(peer.Features.Child("bidi", "urn:xmpp:features:bidi"));
        await peer.SendAsync($"{Bidi}<auth xmlns='{Namespaces.Sasl}' mechanism='EXTERNAL'>{Convert.ToBase64String(Encoding.UTF8.GetBytes(Capulet))}</auth>");
        Assert.True((await peer.ReceiveAsync()).Is("success", Namespaces.Sasl));
        peer.ExpectHeader();
        await peer.SendAsync(Header(Capulet, Montague, null));
        await peer.ReceiveFeaturesAsync();
        Assert.Null(peer.Features.Child("bidi", "urn:xmpp:features:bidi"));

        await SendAsync(romeo, "1");

        await ExpectMessagesAsync(peer, "1");
        Assert.Equal(0, _network.Connections);
    }

    [Fact]
    public async Task It_is_offered_before_and_behind_TLS_and_comes_behind_it()
    {
        await using var server = await StartAsync(static options => options.Federation.Policy.RequireTls = true);
        var peer = server.ConnectServer();
        await peer.SendAsync(Header(Capulet, Montague, null));
        await peer.ReceiveHeaderAsync();
        var features = await peer.ReceiveAsync();
        Assert.NotNull(features.Child("bidi", "urn:xmpp:features:bidi"));

        await peer.SendAsync(Bidi);

        await peer.ExpectStreamErrorAsync("policy-violation");
    }

    [Fact]
    public async Task STARTTLS_does_not_follow_it()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();

        await peer.SendAsync($"{Bidi}<starttls xmlns='{Namespaces.Tls}'/>");

        Assert.True((await peer.ReceiveAsync()).Is("failure", Namespaces.Tls));
    }

    [Fact]
    public async Task It_does_not_come_behind_dialback_nor_twice()
    {
        await using var server = await StartAsync();
        var (peer, _) = await VerifiedAsync(server);

        await peer.SendAsync(Bidi);

        await peer.ExpectStreamErrorAsync("unsupported-stanza-type");
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_opens_no_way()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();

        await peer.SendAsync($"{Bidi}<db:result from='{Capulet}' to='{Montague}' type='valid'/>");

        await peer.ExpectStreamErrorAsync("invalid-xml");
    }

    [Fact]
    public async Task The_connecting_server_asks_before_its_key_and_takes_stanzas_when_that_is_good()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await using var stream = await ConnectedAsync(romeo);

        await stream.SendAsync($"<message id='2' from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'><body>2</body></message>");

        Assert.Equal("2", (await romeo.MessageAsync()).Attribute("id"));
        Assert.Equal(1, _network.Connections);
    }

    [Theory]
    [InlineData("<message from='juliet@evil.example' to='romeo@montague.example/garden'/>", "invalid-from")]
    [InlineData("<message from='juliet@capulet.example' to='duke@verona.example'/>", "invalid-from")]
    [InlineData("<message from='romeo@montague.example' to='romeo@montague.example/garden'/>", "invalid-from")]
    [InlineData("<message from='juliet@capulet.example' to='x@stranger.example'/>", "host-unknown")]
    [InlineData("<message to='romeo@montague.example/garden'/>", "improper-addressing")]
    [InlineData("<db:result from='verona.example' to='montague.example' type='valid'/>", "invalid-xml")]
    public async Task What_is_not_of_the_pair_ends_the_stream(string element, string condition)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await using var stream = await ConnectedAsync(romeo);

        await stream.SendAsync(element);

        Assert.NotNull((await stream.ReceiveAsync(static answer => answer.LocalName == "error")).Child(condition, Namespaces.StreamErrors));
        await romeo.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_stanza_before_the_key_was_taken_ends_the_stream()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await _accepted.AcceptAsync(features: BidiFeatures);

        await stream.SendAsync($"<message from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'><body>forged</body></message>");

        Assert.NotNull((await stream.ReceiveAsync(static answer => answer.LocalName == "error")).Child("not-authorized", Namespaces.StreamErrors));
    }

    [Fact]
    public async Task Another_domain_of_the_other_server_is_told_to_open_a_stream()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await using var stream = await ConnectedAsync(romeo);

        await stream.SendAsync($"<db:result from='rooms.{Capulet}' to='{Montague}'>{Key}</db:result>");

        await stream.ExpectAsync("result", Montague, $"rooms.{Capulet}", "error", "resource-constraint");
        await SendAsync(romeo, "2");
        await ExpectMessagesAsync(stream, "2");
    }

    [Fact]
    public async Task Where_a_certificate_has_to_tell_who_it_is_nothing_is_sent_without_nor_taken()
    {
        await using var server = await StartAsync(static options => options.Federation.Policy.AllowDialback = false);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await _accepted.AcceptAsync(features: BidiFeatures);

        await stream.ExpectCloseAsync();
        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");
    }

    private static async Task SendAsync(TestClient client, params string[] ids)
    {
        foreach (var id in ids)
        {
            await client.SendAsync($"<message id='{id}' to='juliet@{Capulet}'><body>{id}</body></message>");
        }
    }

    private static async Task ExpectMessagesAsync(TestClient stream, params string[] ids)
    {
        foreach (var id in ids)
        {
            Assert.Equal(id, (await stream.ReceiveAsync()).Attribute("id"));
        }
    }

    // The stream that the server opened to send a first message, over which it takes stanzas too.
    private async Task<TestClient> ConnectedAsync(TestClient romeo)
    {
        await SendAsync(romeo, "1");
        var stream = await _accepted.AcceptAsync(features: BidiFeatures);
        Assert.True((await stream.ReceiveAsync()).Is("bidi", "urn:xmpp:bidi"));
        Assert.True((await stream.ReceiveAsync()).Is("result", Dialback));
        await stream.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");
        await ExpectMessagesAsync(stream, "1");
        return stream;
    }

    private async Task<(TestClient Peer, TestClient Authority)> VerifiedAsync(XmppTestServer server)
    {
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"{Bidi}<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var authority = await _accepted.AcceptAsync();
        await authority.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");
        return (peer, authority);
    }

    private async Task<TestClient> SecureAsync(XmppTestServer server)
    {
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        Assert.True((await peer.ReceiveAsync()).Is("proceed", Namespaces.Tls));
        await peer.SecureAsync(_certificate.Certificate);
        peer.ExpectHeader();
        await peer.SendAsync(Header(Capulet, Montague, null));
        await peer.ReceiveFeaturesAsync();
        return peer;
    }

    private async Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null, bool trusted = false)
    {
        var authorities = Path.Combine(_folder, "trusted.pem");
        await File.WriteAllTextAsync(authorities, _certificate.Certificate.ExportCertificatePem());
        return await _network.StartAsync("192.0.2.1", [Montague, Verona], given =>
        {
            given.Federation.Policy.RequireTls = false;
            given.Federation.Authorities = trusted ? authorities : null;
            options?.Invoke(given);
        });
    }
}
