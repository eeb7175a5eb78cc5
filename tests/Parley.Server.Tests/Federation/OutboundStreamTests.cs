using System.Threading.Channels;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0220 §2.1, RFC 6120 §10.4: the initiating server, its queues and what becomes of stanzas that cannot be sent. The other server is played.</summary>
public sealed class OutboundStreamTests : IDisposable
{
    private const string Verona = "verona.example";
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    public OutboundStreamTests() => _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task A_key_goes_first_and_stanzas_in_their_order_when_it_was_taken()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1", "2");
        var stream = await _accepted.AcceptAsync();

        var key = await KeyAsync(stream, Montague);
        await VerifyAsync(server, key, "D60000229F", "valid");
        await SendAsync(romeo, "3");
        await romeo.BarrierAsync();
        await stream.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");
        await ExpectMessagesAsync(stream, "1", "2", "3");
        await SendAsync(romeo, "4");

        await ExpectMessagesAsync(stream, "4");
    }

    [Fact]
    public async Task A_key_is_good_for_its_stream_and_pair_alone()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var key = await KeyAsync(await _accepted.AcceptAsync(), Montague);

        await VerifyAsync(server, key, "another", "invalid");
        await VerifyAsync(server, key, "D60000229F", "invalid", "evil.example");
        await VerifyAsync(server, key, "D60000229F", "invalid", Capulet, Verona);
        await VerifyAsync(server, new string('0', 64), "D60000229F", "invalid");
        await VerifyAsync(server, "", "D60000229F", "invalid");
    }

    [Theory]
    [InlineData("type='invalid'/>", "internal-server-error", "cancel")]
    [InlineData("type='error'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>", "remote-server-timeout", "wait")]
    public async Task A_key_that_was_not_taken_gives_stanzas_back(string answer, string condition, string type)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1", "2");
        var stream = await _accepted.AcceptAsync();
        await KeyAsync(stream, Montague);

        await stream.SendAsync($"<db:result from='{Capulet}' to='{Montague}' {answer}");

        await ExpectErrorsAsync(romeo, condition, type, "1", "2");

        // And what comes now, for a while.
        await SendAsync(romeo, "3");
        await ExpectErrorsAsync(romeo, condition, type, "3");
        server.Time.Advance(TimeSpan.FromSeconds(6));
        await SendAsync(romeo, "4");
        await KeyAsync(stream, Montague);
    }

    [Fact]
    public async Task Several_domains_of_ours_share_a_stream()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        await SendAsync(romeo, "1");
        var stream = await ReadyAsync();
        await ExpectMessagesAsync(stream, "1");

        await SendAsync(duke, "2");
        await KeyAsync(stream, Verona);
        await SendAsync(romeo, "3");
        await ExpectMessagesAsync(stream, "3");
        await stream.SendAsync($"<db:result from='{Capulet}' to='{Verona}' type='valid'/>");

        await ExpectMessagesAsync(stream, "2");
        Assert.Equal(1, _network.Connections);
    }

    [Theory]
    [InlineData("<db:result from='capulet.example' to='verona.example' type='valid'/>", "invalid-xml")]
    [InlineData("<db:result from='evil.example' to='montague.example' type='valid'/>", "invalid-xml")]
    [InlineData("<db:result from='capulet.example' to='montague.example' type='other'/>", "invalid-xml")]
    [InlineData("<db:result from='capulet.example' to='montague.example'>key</db:result>", "invalid-xml")]
    [InlineData("<db:verify from='capulet.example' to='montague.example' id='1' type='valid'/>", "invalid-xml")]
    [InlineData("<message from='juliet@capulet.example' to='romeo@montague.example/garden'><body>forged</body></message>", "not-authorized")]
    [InlineData("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "unsupported-stanza-type")]
    [InlineData("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "unsupported-stanza-type")]
    public async Task What_nobody_asked_for_ends_the_stream_and_opens_nothing(string element, string condition)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await _accepted.AcceptAsync();
        await KeyAsync(stream, Montague);

        await stream.SendAsync(element);

        Assert.NotNull((await stream.ReceiveAsync(static answer => answer.LocalName == "error")).Child(condition, "urn:ietf:params:xml:ns:xmpp-streams"));
        await stream.ExpectCloseAsync();
        await ExpectErrorsAsync(romeo, "remote-server-timeout", "wait", "1");
    }

    [Fact]
    public async Task An_answer_that_does_not_come_gives_stanzas_back_in_time()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        await KeyAsync(await _accepted.AcceptAsync(), Montague);

        server.Time.Advance(TimeSpan.FromSeconds(61));

        await ExpectErrorsAsync(romeo, "remote-server-timeout", "wait", "1");
    }

    [Fact]
    public async Task A_server_that_does_not_open_its_side_gives_stanzas_back_in_time()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await _accepted.ReadAsync(TestContext.Current.CancellationToken);
        await stream.ReceiveHeaderAsync();

        server.Time.Advance(TimeSpan.FromSeconds(61));
        await stream.DisposeAsync();

        await ExpectErrorsAsync(romeo, "remote-server-timeout", "wait", "1");
    }

    [Fact]
    public async Task A_domain_that_does_not_exist_is_not_found_and_not_asked_for_again_at_once()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");

        await romeo.SendAsync("<message id='1' to='x@nowhere.example'><body>x</body></message>");
        var error = await romeo.MessageAsync();
        error.IsError("remote-server-not-found", "cancel");
        Assert.Equal(
            "nowhere.example cannot be reached: there is no such name (A)",
            error.Child("error", Namespaces.Client)?.Child("text", Namespaces.StanzaErrors)?.Text);
        var tried = _network.Ports.Count;
        await romeo.SendAsync("<message id='2' to='x@nowhere.example'><body>x</body></message>");
        await ExpectErrorsAsync(romeo, "remote-server-not-found", "cancel", "2");
        Assert.Equal(tried, _network.Ports.Count);
    }

    // Clients look for the x element to know that they are not in.
    [Fact]
    public async Task A_room_that_cannot_be_reached_is_refused_like_one_that_can()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var enter = new XmlName("x", "http://jabber.org/protocol/muc");

        await romeo.SendAsync("<presence id='1' to='room@rooms.nowhere.example/r'><x xmlns='http://jabber.org/protocol/muc'><password>secret</password></x></presence>");
        var refused = await romeo.ReceiveAsync(static stanza => stanza.Attribute("id") == "1");
        refused.IsError("remote-server-not-found", "cancel");
        Assert.Equal("", refused.Child(enter)?.Text);
        Assert.DoesNotContain("secret", refused.ToText(), StringComparison.Ordinal);

        await romeo.SendAsync("<presence id='2' to='room@rooms.nowhere.example/r'><show>away</show></presence>");
        refused = await romeo.ReceiveAsync(static stanza => stanza.Attribute("id") == "2");
        refused.IsError("remote-server-not-found", "cancel");
        Assert.Null(refused.Child(enter));
    }

    [Fact]
    public async Task More_than_may_wait_is_refused_and_the_others_leave_in_their_order()
    {
        await using var server = await StartAsync(static options => options.Federation.MaxQueuedBytes = 4096);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var large = new string('x', 1500);

        await romeo.SendAsync($"<message id='1' to='juliet@{Capulet}'><body>{large}</body></message><message id='2' to='juliet@{Capulet}'><body>{large}</body></message>");
        await romeo.SendAsync($"<message id='3' to='juliet@{Capulet}'><body>{large}</body></message>");

        await ExpectErrorsAsync(romeo, "resource-constraint", "wait", "3");
        await ExpectMessagesAsync(await ReadyAsync(), "1", "2");
    }

    [Fact]
    public async Task Too_many_domains_at_a_time_are_refused()
    {
        await using var server = await StartAsync(static options => options.Federation.MaxRemoteDomains = 1);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");

        await romeo.SendAsync("<message id='2' to='x@another.example'><body>x</body></message>");

        await ExpectErrorsAsync(romeo, "resource-constraint", "wait", "2");
        await ExpectMessagesAsync(await ReadyAsync(), "1");
    }

    [Fact]
    public async Task A_domain_that_is_not_allowed_is_not_contacted()
    {
        await using var server = await StartAsync(static options => options.Federation.Policies[Capulet] = new() { Allow = false });
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");

        await SendAsync(romeo, "1");

        await ExpectErrorsAsync(romeo, "policy-violation", "modify", "1");
        Assert.Equal(0, _network.Connections);
    }

    [Fact]
    public async Task Without_TLS_where_it_is_required_nothing_is_sent()
    {
        await using var server = await StartAsync(static options => options.Federation.Policy.RequireTls = true);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");

        var stream = await _accepted.AcceptAsync();

        await stream.ExpectCloseAsync();
        await ExpectErrorsAsync(romeo, "remote-server-timeout", "wait", "1");
    }

    [Fact]
    public async Task What_a_lost_stream_did_not_take_is_sent_on_the_next()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await ReadyAsync();
        await ExpectMessagesAsync(stream, "1");

        await stream.SendAsync("</stream:stream>");
        await stream.ExpectCloseAsync();
        await SendAsync(romeo, "2");

        await ExpectMessagesAsync(await ReadyAsync(), "2");
    }

    private static async Task SendAsync(TestClient client, params string[] ids)
    {
        foreach (var id in ids)
        {
            await client.SendAsync($"<message id='{id}' to='juliet@{Capulet}'><body>{id}</body></message>");
        }
    }

    private static async Task<string> KeyAsync(TestClient stream, string local)
    {
        var result = await stream.ReceiveAsync(static element => element.Is("result", Dialback));
        Assert.Equal((local, Capulet, null), (result.Attribute("from"), result.Attribute("to"), result.Attribute("type")));
        return result.Text;
    }

    private static async Task VerifyAsync(XmppTestServer server, string key, string id, string type, string from = Capulet, string to = Montague)
    {
        var asker = await server.OpenServerAsync(from, to);
        await asker.SendAsync($"<db:verify from='{from}' to='{to}' id='{id}'>{key}</db:verify>");
        await asker.ExpectAsync("verify", to, from, type, null, id);
    }

    private static async Task ExpectMessagesAsync(TestClient stream, params string[] ids)
    {
        foreach (var id in ids)
        {
            Assert.Equal(id, (await stream.ReceiveAsync()).Attribute("id"));
        }
    }

    private static async Task ExpectErrorsAsync(TestClient client, string condition, string type, params string[] ids)
    {
        foreach (var id in ids)
        {
            var error = await client.MessageAsync();
            error.IsError(condition, type);
            Assert.Equal(id, error.Attribute("id"));
        }
    }

    private async Task<TestClient> ReadyAsync()
    {
        var stream = await _accepted.AcceptAsync();
        await KeyAsync(stream, Montague);
        await stream.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");
        return stream;
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => _network.StartAsync("192.0.2.1", [Montague, Verona], given =>
    {
        given.Federation.Policy.RequireTls = false;
        options?.Invoke(given);
    });
}
