using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0220 §2.6.2: stanzas to several domains of one server on one stream. Capulet is played; its rooms are at the same address and port.</summary>
public sealed class SharedStreamTests : IDisposable
{
    private const string Verona = "verona.example";
    private const string Rooms = $"rooms.{Capulet}";
    private const string NoErrors = "<stream:features><dialback xmlns='urn:xmpp:features:dialback'/></stream:features>";
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    public SharedStreamTests()
    {
        _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);
        _network.Record($"_xmpp-server._tcp.{Rooms} SRV 0 0 5269 {Capulet}");
    }

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task Another_domain_of_the_server_uses_the_stream_to_the_first()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var stream = await ConnectedAsync(romeo);

        await SendAsync(romeo, Rooms, "2");
        await AnswerKeyAsync(stream, Rooms, "type='valid'/>");
        await ExpectMessagesAsync(stream, "2");
        await SendAsync(romeo, Capulet, "3");
        await SendAsync(romeo, Rooms, "4");

        await ExpectMessagesAsync(stream, "3", "4");
        Assert.Equal(1, _network.Connections);
    }

    [Theory]
    [InlineData("type='error'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>")]
    [InlineData("type='error'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>")]
    [InlineData("type='invalid'/>")]
    public async Task A_domain_that_is_refused_there_gets_a_stream_of_its_own(string answer)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var stream = await ConnectedAsync(romeo);
        await SendAsync(romeo, Rooms, "2");

        await AnswerKeyAsync(stream, Rooms, answer);

        var own = await _accepted.AcceptAsync(domain: Rooms);
        await AnswerKeyAsync(own, Rooms, "type='valid'/>");
        await ExpectMessagesAsync(own, "2");
        await SendAsync(romeo, Capulet, "3");
        await ExpectMessagesAsync(stream, "3");
    }

    [Fact]
    public async Task A_domain_that_is_refused_on_its_own_stream_too_is_given_up()
    {
        const string answer = "type='error'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>";
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var stream = await ConnectedAsync(romeo);
        await SendAsync(romeo, Rooms, "2");
        await AnswerKeyAsync(stream, Rooms, answer);

        await AnswerKeyAsync(await _accepted.AcceptAsync(domain: Rooms), Rooms, answer);

        var error = await romeo.MessageAsync();
        error.IsError("remote-server-timeout", "wait");
        Assert.Equal("2", error.Attribute("id"));
    }

    [Fact]
    public async Task Where_errors_of_dialback_might_end_the_stream_each_domain_has_its_own()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await ConnectedAsync(romeo, NoErrors);

        await SendAsync(romeo, Rooms, "2");

        await AnswerKeyAsync(await _accepted.AcceptAsync(domain: Rooms), Rooms, "type='valid'/>");
    }

    [Fact]
    public async Task A_domain_of_which_a_certificate_is_asked_does_not_use_a_stream_without_one()
    {
        await using var server = await StartAsync(static options => options.Federation.Policies[Rooms] = new() { RequireTls = false, RequireCertificate = true });
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await ConnectedAsync(romeo);

        await SendAsync(romeo, Rooms, "2");

        var own = await _accepted.AcceptAsync(domain: Rooms);
        await own.ExpectCloseAsync();
        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");
    }

    [Fact]
    public async Task Another_port_is_another_server()
    {
        _network.Record($"_xmpp-server._tcp.other.example SRV 0 0 5299 {Capulet}");
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await ConnectedAsync(romeo);

        await SendAsync(romeo, "other.example", "2");

        await _accepted.AcceptAsync(domain: "other.example");
        Assert.Equal([5269, 5299], _network.Ports);
    }

    // Behind one address and port the name that TLS asks for may choose among servers of several owners (XEP-0368): who is asked for one does not get another's stanzas and keys.
    [Fact]
    public async Task A_stream_that_began_with_TLS_is_used_for_the_names_of_its_certificate_alone()
    {
        const string first = "two.example";
        const string rooms = "rooms.two.example";
        const string other = "other.example";
        var folder = Directory.CreateTempSubdirectory("parley-shared-");
        try
        {
            using var authority = new TestAuthority(now: new FakeTime().GetUtcNow());
            using var certificate = authority.Issue($"dns:{first} dns:{rooms}");
            var authorities = Path.Combine(folder.FullName, "trusted.pem");
            await File.WriteAllTextAsync(authorities, authority.Certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
            foreach (var domain in (string[])[first, rooms, other])
            {
                _network.Record($"_xmpps-server._tcp.{domain} SRV 0 0 5270 host.example");
            }

            var accepted = _network.Play("host.example", "192.0.2.10", _certificate);
            await using var server = await StartAsync(options => options.Federation.Authorities = authorities);
            var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
            await SendAsync(romeo, first, "1");
            var stream = await AcceptSecureAsync(accepted, certificate, first);
            await AnswerKeyAsync(stream, first, "type='valid'/>");
            await ExpectMessagesAsync(stream, "1");

            await SendAsync(romeo, rooms, "2");
            await AnswerKeyAsync(stream, rooms, "type='valid'/>");
            await SendAsync(romeo, other, "3");

            await AnswerKeyAsync(await AcceptSecureAsync(accepted, certificate, other), other, "type='valid'/>");
            await ExpectMessagesAsync(stream, "2");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task When_the_stream_ends_all_its_domains_go_on()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var stream = await ConnectedAsync(romeo);
        await SendAsync(romeo, Rooms, "2");
        await AnswerKeyAsync(stream, Rooms, "type='valid'/>");
        await ExpectMessagesAsync(stream, "2");

        await stream.SendAsync("</stream:stream>");
        await stream.ExpectCloseAsync();
        await SendAsync(romeo, Rooms, "3");
        var next = await _accepted.AcceptAsync(domain: Rooms);
        await AnswerKeyAsync(next, Rooms, "type='valid'/>");
        await ExpectMessagesAsync(next, "3");
        await SendAsync(romeo, Capulet, "4");
        await AnswerKeyAsync(next, Capulet, "type='valid'/>");

        await ExpectMessagesAsync(next, "4");
    }

    [Fact]
    public async Task Keys_of_the_other_domain_are_asked_about_there_and_once_more_on_a_stream_of_its_own()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var stream = await ConnectedAsync(romeo);
        var peer = await server.OpenServerAsync(Rooms);
        await peer.SendAsync($"<db:result from='{Rooms}' to='{Montague}'>{Key}</db:result>");

        await stream.AnswerAsync("error", "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
        await (await _accepted.AcceptAsync(domain: Rooms)).AnswerAsync("valid");

        await peer.ExpectAsync("result", Montague, Rooms, "valid");
    }

    [Fact]
    public async Task The_receiving_server_takes_several_of_its_domains_on_one_stream()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var authority = await _accepted.AcceptAsync();
        await authority.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");

        await peer.SendAsync($"<db:result from='{Capulet}' to='{Verona}'>{Key}</db:result>");
        await authority.AnswerAsync("valid");
        await peer.ExpectAsync("result", Verona, Capulet, "valid");
        await peer.SendAsync($"<message id='1' from='x@{Capulet}' to='romeo@{Montague}/garden'><body>1</body></message>");
        await peer.SendAsync($"<message id='2' from='x@{Capulet}' to='duke@{Verona}/court'><body>2</body></message>");

        Assert.Equal("1", (await romeo.MessageAsync()).Attribute("id"));
        Assert.Equal("2", (await duke.MessageAsync()).Attribute("id"));
    }

    private static Task SendAsync(TestClient client, string domain, string id) =>
        client.SendAsync($"<message id='{id}' to='x@{domain}'><body>{id}</body></message>");

    private static async Task ExpectMessagesAsync(TestClient stream, params string[] ids)
    {
        foreach (var id in ids)
        {
            Assert.Equal(id, (await stream.ReceiveAsync()).Attribute("id"));
        }
    }

    private static async Task AnswerKeyAsync(TestClient stream, string domain, string answer)
    {
        var result = await stream.ReceiveAsync(static element => element.Is("result", Dialback));
        Assert.Equal((Montague, domain), (result.Attribute("from"), result.Attribute("to")));
        await stream.SendAsync($"<db:result from='{domain}' to='{Montague}' {answer}");
    }

    private static async Task<TestClient> AcceptSecureAsync(ChannelReader<TestClient> accepted, X509Certificate2 certificate, string domain)
    {
        var stream = await accepted.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience);
        await stream.AcceptSecureAsync(certificate);
        Assert.Equal((Montague, domain), ((await stream.ReceiveHeaderAsync()).From, stream.Header!.To));
        await stream.SendAsync(Header(domain, Montague, "D60000229F") + Features);
        return stream;
    }

    private async Task<TestClient> ConnectedAsync(TestClient romeo, string features = Features)
    {
        await SendAsync(romeo, Capulet, "1");
        var stream = await _accepted.AcceptAsync(features: features);
        await AnswerKeyAsync(stream, Capulet, "type='valid'/>");
        await ExpectMessagesAsync(stream, "1");
        return stream;
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => _network.StartAsync("192.0.2.1", [Montague, Verona], given =>
    {
        given.Federation.Policy.RequireTls = false;
        options?.Invoke(given);
    });
}
