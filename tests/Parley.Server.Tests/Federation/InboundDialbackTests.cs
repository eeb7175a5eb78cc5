using System.Threading.Channels;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0220 §2.2, §2.5: the receiving and the authoritative server. The peer at the other end is played, in plaintext.</summary>
public sealed class InboundDialbackTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    public InboundDialbackTests() => _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task The_receiving_server_asks_the_authoritative_server_and_answers()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();

        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var authority = await _accepted.AcceptAsync();
        var question = await authority.AnswerAsync("valid");

        Assert.Equal((Montague, Capulet, peer.Header!.Id, Key), (question.Attribute("from"), question.Attribute("to"), question.Attribute("id"), question.Text));
        await peer.ExpectAsync("result", Montague, Capulet, "valid");
        var juliet = await server.LoginAsync($"romeo@{Montague}/garden");
        await peer.SendAsync($"<message from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'><body>Art thou not Romeo?</body></message>");
        Assert.Equal("Art thou not Romeo?", (await juliet.MessageAsync()).Child("body", "jabber:client")?.Text);
    }

    [Fact]
    public async Task A_key_that_is_not_the_authoritys_ends_the_stream()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");

        await (await _accepted.AcceptAsync()).AnswerAsync("invalid");

        await peer.ExpectAsync("result", Montague, Capulet, "invalid");
        await peer.ExpectStreamErrorAsync("not-authorized");
    }

    [Fact]
    public async Task Where_another_pair_is_good_an_invalid_key_ends_nothing()
    {
        var rooms = _network.Play("rooms.capulet.example", "192.0.2.10", _certificate);
        await using var server = await StartAsync();
        var peer = await server.VerifiedAsync(_accepted);

        await peer.SendAsync($"<db:result from='rooms.capulet.example' to='{Montague}'>{Key}</db:result>");
        await (await rooms.AcceptAsync(domain: "rooms.capulet.example")).AnswerAsync("invalid");

        await peer.ExpectAsync("result", Montague, "rooms.capulet.example", "error", "forbidden");
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await peer.SendAsync($"<message from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'><body>hi</body></message>");
        await romeo.MessageAsync();
    }

    [Fact]
    public async Task A_target_that_is_not_here_is_told_and_the_stream_goes_on()
    {
        const string target = "stranger.example";
        const string condition = "item-not-found";
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();

        await peer.SendAsync($"<db:result from='{Capulet}' to='{target}'>{Key}</db:result>");
        await peer.ExpectAsync("result", target, Capulet, "error", condition);
        await peer.SendAsync($"<db:verify from='{Capulet}' to='{target}' id='417GAF25'>{Key}</db:verify>");
        await peer.ExpectAsync("verify", target, Capulet, "error", condition, "417GAF25");
    }

    [Fact]
    public async Task An_error_of_the_authoritative_server_is_remote_server_not_found()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");

        await (await _accepted.AcceptAsync()).AnswerAsync("error", "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");

        await peer.ExpectAsync("result", Montague, Capulet, "error", "remote-server-not-found");
    }

    [Fact]
    public async Task Host_unknown_from_the_authoritative_server_is_remote_server_not_found()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");

        var authority = await _accepted.AcceptAsync(features: "");
        await authority.SendAsync("<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");

        await peer.ExpectAsync("result", Montague, Capulet, "error", "remote-server-not-found");
    }

    [Fact]
    public async Task An_authoritative_server_that_closes_without_an_answer_is_remote_server_timeout()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");

        var authority = await _accepted.AcceptAsync();
        await authority.ReceiveAsync();
        await authority.SendAsync("</stream:stream>");

        await peer.ExpectAsync("result", Montague, Capulet, "error", "remote-server-timeout");
    }

    [Fact]
    public async Task An_authoritative_server_that_cannot_be_reached_is_remote_connection_failed()
    {
        _network.Name("closed.example", "192.0.2.77");
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync("closed.example");

        await peer.SendAsync($"<db:result from='closed.example' to='{Montague}'>{Key}</db:result>");

        await peer.ExpectAsync("result", Montague, "closed.example", "error", "remote-connection-failed");
    }

    [Fact]
    public async Task Without_TLS_where_it_is_required_dialback_is_a_policy_violation()
    {
        await using var server = await StartAsync(static options => options.Federation.Policy.RequireTls = true);
        var peer = await server.OpenServerAsync();

        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        await peer.ExpectAsync("result", Montague, Capulet, "error", "policy-violation");
        await peer.SendAsync($"<db:verify from='{Capulet}' to='{Montague}' id='417GAF25'>{Key}</db:verify>");
        await peer.ExpectAsync("verify", Montague, Capulet, "error", "policy-violation", "417GAF25");
    }

    [Fact]
    public async Task Without_a_certificate_where_one_is_required_dialback_is_not_authorized()
    {
        await using var server = await StartAsync(static options => options.Federation.Policy.RequireCertificate = true);
        var peer = await server.OpenServerAsync();

        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");

        await peer.ExpectAsync("result", Montague, Capulet, "error", "not-authorized");
    }

    [Fact]
    public async Task A_domain_that_is_not_allowed_is_refused_at_its_header()
    {
        await using var server = await StartAsync(static options => options.Federation.Policies[Capulet] = new() { Allow = false });
        var peer = server.ConnectServer();

        await peer.SendAsync(Header(Capulet, Montague, null));

        await peer.ExpectStreamErrorAsync("policy-violation");
    }

    [Theory]
    [InlineData("<db:result from='capulet.example' to='montague.example' type='valid'/>", "invalid-xml")]
    [InlineData("<db:verify from='capulet.example' to='montague.example' id='1' type='valid'/>", "invalid-xml")]
    [InlineData("<db:verify from='capulet.example' to='montague.example'>x</db:verify>", "invalid-xml")]
    [InlineData("<db:result to='montague.example'>x</db:result>", "improper-addressing")]
    [InlineData("<db:result from='capulet.example'>x</db:result>", "improper-addressing")]
    [InlineData("<db:result from='x@capulet.example' to='montague.example'>x</db:result>", "improper-addressing")]
    [InlineData("<message from='juliet@capulet.example' to='romeo@montague.example'/>", "not-authorized")]
    [InlineData("<db:other/>", "unsupported-stanza-type")]
    public async Task What_nobody_asked_for_ends_the_stream(string element, string condition)
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();

        await peer.SendAsync(element);

        await peer.ExpectStreamErrorAsync(condition);
    }

    [Theory]
    [InlineData("<message to='romeo@montague.example'/>", "improper-addressing")]
    [InlineData("<message from='juliet@capulet.example'/>", "improper-addressing")]
    [InlineData("<message from='juliet@evil.example' to='romeo@montague.example'/>", "invalid-from")]
    [InlineData("<message from='romeo@montague.example' to='romeo@montague.example'/>", "invalid-from")]
    [InlineData("<message from='juliet@capulet.example' to='romeo@evil.example'/>", "host-unknown")]
    public async Task A_stanza_for_another_pair_ends_the_stream(string stanza, string condition)
    {
        await using var server = await StartAsync();
        var peer = await server.VerifiedAsync(_accepted);

        await peer.SendAsync(stanza);

        await peer.ExpectStreamErrorAsync(condition);
    }

    [Theory]
    [InlineData(null, "", "improper-addressing")]
    [InlineData(Capulet, "stranger.example", "host-unknown")]
    [InlineData(Montague, Montague, "invalid-from")]
    public async Task A_header_for_nobody_here_ends_the_stream(string? from, string to, string condition)
    {
        await using var server = await StartAsync();
        var peer = server.ConnectServer();

        await peer.SendAsync(Header(from, to, null));

        await peer.ExpectStreamErrorAsync(condition);
    }

    [Fact]
    public async Task A_thousand_forged_keys_are_accepted_for_nobody()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        TestClient? authority = null;
        for (var i = 0; i < 1000; i++)
        {
            var peer = await server.OpenServerAsync();
            await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{i:x64}</db:result>");
            authority ??= await _accepted.AcceptAsync();
            if (i % 2 == 0)
            {
                // The answer is guessed before the question has been answered.
                await peer.SendAsync($"<message from='juliet@{Capulet}' to='romeo@{Montague}/garden'><body>forged</body></message>");
                await peer.ExpectStreamErrorAsync("not-authorized");
                await authority.AnswerAsync("invalid");
                continue;
            }

            await authority.AnswerAsync("invalid");
            await peer.ExpectAsync("result", Montague, Capulet, "invalid");
            await peer.ExpectStreamErrorAsync("not-authorized");
        }

        await romeo.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_stream_that_asks_in_vain_without_end_is_ended()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();
        for (var i = 0; i < 100; i++)
        {
            await peer.SendAsync($"<db:result from='{Capulet}' to='stranger.example'>{Key}</db:result>");
            await peer.ExpectAsync("result", "stranger.example", Capulet, "error", "item-not-found");
        }

        await peer.SendAsync($"<db:result from='{Capulet}' to='stranger.example'>{Key}</db:result>");

        await peer.ExpectStreamErrorAsync("policy-violation");
    }

    [Fact]
    public async Task A_peer_that_proves_nothing_is_cut_off_in_time()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();

        server.Time.Advance(TimeSpan.FromSeconds(61));

        await peer.ExpectStreamErrorAsync("connection-timeout");
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => _network.StartAsync("192.0.2.1", [Montague], given =>
    {
        given.Federation.Policy.RequireTls = false;
        options?.Invoke(given);
    });
}
