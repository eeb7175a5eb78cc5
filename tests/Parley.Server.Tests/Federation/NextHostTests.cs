using System.Threading.Channels;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>RFC 6120 §3.2.1, XEP-0368 §2: a host on which no stream comes about is like one that cannot be connected to. Capulet has two hosts, which are played.</summary>
public sealed class NextHostTests : IDisposable
{
    private const string Unknown = "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _first;
    private readonly ChannelReader<TestClient> _second;

    public NextHostTests()
    {
        _first = _network.Play("one.example", "192.0.2.21", _certificate);
        _second = _network.Play("two.example", "192.0.2.22", _certificate);
    }

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task A_host_that_does_not_know_the_domain_makes_room_for_the_next()
    {
        var (server, romeo) = await SendAsync();
        await using var _ = server;
        var first = await _first.AcceptAsync(features: "");

        await first.SendAsync(Unknown);

        await ExpectMessageAsync(await _second.AcceptAsync());
    }

    [Fact]
    public async Task So_does_one_that_ends_the_stream_before_its_features()
    {
        var (server, romeo) = await SendAsync();
        await using var _ = server;
        var first = await _first.AcceptAsync(features: "");

        await first.SendAsync("</stream:stream>");

        await ExpectMessageAsync(await _second.AcceptAsync());
    }

    [Fact]
    public async Task So_does_one_that_refuses_STARTTLS()
    {
        var (server, romeo) = await SendAsync();
        await using var _ = server;
        var first = await _first.AcceptAsync(features: "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>");
        await first.ReceiveAsync();

        await first.SendAsync("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>");

        await ExpectMessageAsync(await _second.AcceptAsync());
    }

    [Fact]
    public async Task Where_direct_TLS_fails_STARTTLS_is_next()
    {
        var (server, romeo) = await SendAsync(directTls: true);
        await using var _ = server;
        var first = await _first.ReadAsync(TestContext.Current.CancellationToken);

        await first.SendAsync("this is no TLS");

        await ExpectMessageAsync(await _second.AcceptAsync());
        Assert.Equal([5270, 5269], _network.Ports);
    }

    [Fact]
    public async Task A_host_without_the_TLS_that_is_required_makes_room_for_one_with_it()
    {
        _network.Name(Montague, "192.0.2.1");
        _network.Record("_xmpp-server._tcp.capulet.example SRV 3 0 5269 capulet.example");
        await using var net = await _network.StartAsync("192.0.2.2", [Capulet]);
        var juliet = await net.LoginAsync($"juliet@{Capulet}/balcony");
        var (server, romeo) = await SendAsync(static options => options.Federation.Policy.RequireTls = true);
        await using var _ = server;

        await _first.AcceptAsync();
        await _second.AcceptAsync();

        Assert.Equal("1", (await juliet.MessageAsync()).Attribute("id"));
    }

    [Fact]
    public async Task A_host_that_says_nothing_has_the_time_of_a_connection()
    {
        var (server, romeo) = await SendAsync();
        await using var _ = server;
        var first = await _first.ReadAsync(TestContext.Current.CancellationToken);
        await first.ReceiveHeaderAsync();

        server.Time.Advance(TimeSpan.FromSeconds(11));

        await ExpectMessageAsync(await _second.AcceptAsync());
    }

    [Fact]
    public async Task No_other_host_is_tried_when_the_time_for_connecting_is_over()
    {
        var (server, romeo) = await SendAsync(static options => options.Federation.ConnectDeadline = TimeSpan.FromSeconds(5));
        await using var _ = server;
        var first = await _first.ReadAsync(TestContext.Current.CancellationToken);
        await first.ReceiveHeaderAsync();

        server.Time.Advance(TimeSpan.FromSeconds(6));

        await ExpectErrorAsync(romeo, "remote-server-timeout", "wait");
        Assert.Equal(1, _network.Connections);
    }

    [Fact]
    public async Task When_all_hosts_fail_stanzas_come_back_once()
    {
        var (server, romeo) = await SendAsync();
        await using var _ = server;
        await (await _first.AcceptAsync(features: "")).SendAsync("</stream:stream>");

        await (await _second.AcceptAsync(features: "")).SendAsync(Unknown);

        await ExpectErrorAsync(romeo, "remote-server-timeout", "wait");
        await romeo.ExpectNothingAsync();
        Assert.Equal(2, _network.Connections);
    }

    [Fact]
    public async Task Only_when_no_host_knows_the_domain_is_it_not_found()
    {
        var (server, romeo) = await SendAsync();
        await using var _ = server;
        await (await _first.AcceptAsync(features: "")).SendAsync(Unknown);

        await (await _second.AcceptAsync(features: "")).SendAsync(Unknown);

        await ExpectErrorAsync(romeo, "remote-server-not-found", "cancel");
    }

    [Fact]
    public async Task A_key_is_verified_at_the_host_on_which_a_stream_comes_about()
    {
        var server = await StartAsync(null, false);
        await using var _ = server;
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        await (await _first.AcceptAsync(features: "")).SendAsync(Unknown);

        await (await _second.AcceptAsync()).AnswerAsync("valid");

        await peer.ExpectAsync("result", Montague, Capulet, "valid");
    }

    private static async Task ExpectMessageAsync(TestClient stream)
    {
        await stream.ReceiveAsync(static element => element.Is("result", Dialback));
        await stream.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");
        Assert.Equal("1", (await stream.ReceiveAsync()).Attribute("id"));
    }

    private static async Task ExpectErrorAsync(TestClient romeo, string condition, string type)
    {
        var error = await romeo.MessageAsync();
        error.IsError(condition, type);
        Assert.Equal("1", error.Attribute("id"));
    }

    private async Task<(XmppTestServer Server, TestClient Romeo)> SendAsync(Action<XmppServerOptions>? options = null, bool directTls = false)
    {
        var server = await StartAsync(options, directTls);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await romeo.SendAsync($"<message id='1' to='juliet@{Capulet}/balcony'><body>1</body></message>");
        return (server, romeo);
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options, bool directTls)
    {
        _network.Record($"{(directTls ? "_xmpps-server" : "_xmpp-server")}._tcp.capulet.example SRV 1 0 {(directTls ? 5270 : 5269)} one.example");
        _network.Record("_xmpp-server._tcp.capulet.example SRV 2 0 5269 two.example");
        return _network.StartAsync("192.0.2.1", [Montague], given =>
        {
            given.Federation.Policy.RequireTls = false;
            options?.Invoke(given);
        });
    }
}
