using System.Globalization;
using Parley.Protocol;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.CertificatePeer;
using static Parley.Server.Tests.Federation.ManagedServerPeer;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0178 §3: to a server without dialback, or without its errors, each domain of ours opens a stream of its own. The other server is played.</summary>
public sealed class SeparateStreamTests : IDisposable
{
    private const string Verona = "verona.example";
    private readonly TestNetwork _network = new();
    private readonly CertificatePeer _capulet;

    public SeparateStreamTests() => _capulet = new CertificatePeer(_network);

    public void Dispose() => _capulet.Dispose();

    [Fact]
    public async Task Two_domains_of_ours_chat_on_a_stream_each_in_their_order()
    {
        await using var server = await StartAsync();
        var (romeo, duke) = await LoginAsync(server);
        await SendAsync(romeo, "1");
        var first = await _capulet.TakeAsync(Montague);
        await first.ExpectMessagesAsync("1");

        await SendAsync(duke, "2", "3");
        var (second, _) = await _capulet.AcceptAsync(External, Verona);
        await SendAsync(duke, "4");
        await duke.BarrierAsync();
        await ProveAsync(second, Verona);
        await second.ExpectMessagesAsync("2", "3", "4");
        await SendAsync(duke, "5");
        await SendAsync(romeo, "6");

        await second.ExpectMessagesAsync("5");
        await first.ExpectMessagesAsync("6");
        Assert.Equal(2, _network.Connections);
    }

    [Fact]
    public async Task Who_waits_for_the_first_stream_with_another_goes_on_with_its_own()
    {
        await using var server = await StartAsync();
        var (romeo, duke) = await LoginAsync(server);
        await SendAsync(romeo, "1");
        var (first, _) = await _capulet.AcceptAsync(External, Montague);
        await SendAsync(duke, "2");
        await duke.BarrierAsync();

        await ProveAsync(first, Montague);

        await first.ExpectMessagesAsync("1");
        await (await _capulet.TakeAsync(Verona)).ExpectMessagesAsync("2");
    }

    // As Prosody 0.12 offers it: an error may end the stream for all (XEP-0220 §2.5).
    [Fact]
    public async Task So_it_is_with_a_server_whose_dialback_knows_no_errors()
    {
        const string features = "<stream:features><dialback xmlns='urn:xmpp:features:dialback'/></stream:features>";
        await using var server = await StartAsync();
        var (romeo, duke) = await LoginAsync(server);
        await SendAsync(romeo, "1");
        var (first, _) = await _capulet.AcceptAsync(features, Montague);
        await first.AcceptKeyAsync(Montague);
        await first.ExpectMessagesAsync("1");

        await SendAsync(duke, "2");
        var (second, _) = await _capulet.AcceptAsync(features, Verona);
        await second.AcceptKeyAsync(Verona);

        await second.ExpectMessagesAsync("2");
        await SendAsync(romeo, "3");
        await first.ExpectMessagesAsync("3");
    }

    // SASL would begin the stream anew (RFC 6120 §6.4.6) under the stanzas of the other.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Behind_a_key_of_another_the_domain_that_a_stream_was_opened_for_is_proven_by_a_key_too(bool isAnswered)
    {
        const string both = $"<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback><mechanisms xmlns='{Namespaces.Sasl}'><mechanism>EXTERNAL</mechanism></mechanisms></stream:features>";
        await using var server = await StartAsync(static options => options.Federation.Policy.RequireTls = false);
        var (romeo, duke) = await LoginAsync(server);
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var (stream, _) = await _capulet.AcceptAsync(both, Montague);
        await stream.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");
        await SendAsync(duke, "1");
        if (isAnswered)
        {
            await stream.AcceptKeyAsync(Verona);
            await stream.ExpectMessagesAsync("1");
        }
        else
        {
            Assert.Equal(Verona, (await stream.ReceiveAsync()).Attribute("from"));
        }

        await SendAsync(romeo, "2");
        var key = await stream.ReceiveAsync();
        Assert.True(key.Is("result", Dialback), stream.Describe("<db:result/> was due"));
        if (!isAnswered)
        {
            await stream.SendAsync($"<db:result from='{Capulet}' to='{Verona}' type='valid'/>");
            await stream.ExpectMessagesAsync("1");
        }

        await SendAsync(duke, "3");
        await stream.ExpectMessagesAsync("3");
        await stream.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");
        await stream.ExpectMessagesAsync("2");
    }

    [Fact]
    public async Task A_lost_stream_leaves_the_other_and_comes_back_alone()
    {
        await using var server = await StartAsync();
        var (romeo, duke, first, second) = await BothAsync(server);

        await second.DisposeAsync();
        await SendAsync(romeo, "3");
        await first.ExpectMessagesAsync("3");
        await SendAsync(duke, "4");
        var third = await _capulet.TakeAsync(Verona);
        await third.ExpectMessagesAsync("4");
        await first.DisposeAsync();
        await SendAsync(duke, "5");
        await third.ExpectMessagesAsync("5");
        await SendAsync(romeo, "6");

        await (await _capulet.TakeAsync(Montague)).ExpectMessagesAsync("6");
        Assert.Equal(4, _network.Connections);
    }

    [Fact]
    public async Task A_managed_stream_is_resumed_in_the_name_of_its_domain()
    {
        await using var server = await StartAsync();
        var (romeo, duke) = await LoginAsync(server);
        await SendAsync(romeo, "1");
        var first = await _capulet.TakeAsync(Montague, Managed);
        await first.BeEnabledAsync("first");
        await first.ExpectMessagesAsync("1");
        await SendAsync(duke, "2", "3");
        var second = await _capulet.TakeAsync(Verona, Managed);
        await second.BeEnabledAsync("second");
        await second.ExpectMessagesAsync("2", "3");

        // It has read that it is managed.
        Assert.Equal(0u, await second.AskHandledAsync());
        await second.DisposeAsync();
        var third = await _capulet.TakeAsync(Verona, Managed);
        await third.BeResumedAsync("second");
        await third.SendAsync($"<resumed xmlns='{Management}' previd='second' h='1'/>");
        await SendAsync(duke, "4");

        await third.ExpectMessagesAsync("3", "4");
        await SendAsync(romeo, "5");
        await first.ExpectMessagesAsync("5");
    }

    // The other server was told to take certificates alone, while the stream was away that two domains of ours had proven themselves on by dialback.
    [Fact]
    public async Task What_a_lost_stream_of_both_had_not_acknowledged_goes_on_with_each()
    {
        await using var server = await StartAsync();
        var (romeo, duke) = await LoginAsync(server);
        await SendAsync(romeo, "1");
        var stream = await _capulet.TakeAsync(Montague, ManagedFeatures);
        await stream.BeEnabledAsync();
        await stream.ExpectMessagesAsync("1");
        await SendAsync(duke, "2");
        await stream.AcceptKeyAsync(Verona);
        await stream.ExpectMessagesAsync("2");
        Assert.Equal(0u, await stream.AskHandledAsync());

        await stream.DisposeAsync();
        var (one, local) = await _capulet.AcceptAsync(External, Montague, Verona);
        await ProveAsync(one, local, Managed);
        var other = await _capulet.TakeAsync(local == Montague ? Verona : Montague, Managed);

        await one.BeEnabledAsync();
        await one.ExpectMessagesAsync(local == Montague ? "1" : "2");
        await other.BeEnabledAsync();
        await other.ExpectMessagesAsync(local == Montague ? "2" : "1");
    }

    [Fact]
    public async Task Each_stream_is_closed_when_it_is_idle_itself()
    {
        await using var server = await StartAsync(static options => options.Federation.IdleTimeout = TimeSpan.FromSeconds(40));
        var (romeo, duke, first, second) = await BothAsync(server);

        server.Time.Advance(TimeSpan.FromSeconds(30));
        await SendAsync(romeo, "3");
        await first.ExpectMessagesAsync("3");
        server.Time.Advance(TimeSpan.FromSeconds(15));

        await second.ExpectStreamCloseAsync();
        await second.SendAsync("</stream:stream>");
        await second.ExpectEndAsync();
        await SendAsync(romeo, "4");
        await first.ExpectMessagesAsync("4");
        await SendAsync(duke, "5");
        await (await _capulet.TakeAsync(Verona)).ExpectMessagesAsync("5");
    }

    [Fact]
    public async Task A_stream_of_its_own_that_is_out_of_use_is_forgotten_and_takes_no_room_meanwhile()
    {
        await using var server = await StartAsync(static options =>
        {
            options.Federation.MaxRemoteDomains = 1;
            options.Federation.IdleTimeout = TimeSpan.FromSeconds(40);
            options.Federation.MaxRetryDelay = TimeSpan.FromSeconds(60);
        });
        var (romeo, duke, first, second) = await BothAsync(server);
        await romeo.SendAsync("<message id='x' to='x@another.example'><body>x</body></message>");
        (await romeo.MessageAsync()).IsError("resource-constraint", "wait");

        server.Time.Advance(TimeSpan.FromSeconds(41));
        foreach (var stream in (TestClient[])[first, second])
        {
            await stream.ExpectStreamCloseAsync();
            await stream.SendAsync("</stream:stream>");
            await stream.ExpectEndAsync();
            await stream.ServedAsync();
        }

        server.Time.Advance(TimeSpan.FromSeconds(30));

        // Nothing is known any more: whoever is first opens the stream for all.
        await SendAsync(duke, "3");
        await (await _capulet.TakeAsync(Verona, Features)).ExpectMessagesAsync("3");
    }

    [Fact]
    public async Task More_than_may_wait_of_one_domain_is_refused_and_the_other_is_not_touched()
    {
        await using var server = await StartAsync(static options => options.Federation.MaxQueuedBytes = 4096);
        var (romeo, duke) = await LoginAsync(server);
        var large = new string('x', 1500);
        await SendAsync(romeo, "1");
        var first = await _capulet.TakeAsync(Montague);
        await first.ExpectMessagesAsync("1");

        await SendAsync(duke, "2");
        var (second, _) = await _capulet.AcceptAsync(External, Verona);
        foreach (var id in (string[])["3", "4", "5"])
        {
            await duke.SendAsync($"<message id='{id}' to='juliet@{Capulet}'><body>{large}</body></message>");
        }

        var error = await duke.MessageAsync();
        error.IsError("resource-constraint", "wait");
        Assert.Equal("5", error.Attribute("id"));
        await SendAsync(romeo, "6");
        await first.ExpectMessagesAsync("6");
        await ProveAsync(second, Verona);
        await second.ExpectMessagesAsync("2", "3", "4");
    }

    [Fact]
    public async Task When_the_server_is_stopped_both_streams_end_and_after_the_next_start_there_are_two()
    {
        await using var server = await StartAsync();
        var (_, _, first, second) = await BothAsync(server);
        var stopped = server.StopAsync();
        foreach (var stream in (TestClient[])[first, second])
        {
            await stream.ExpectStreamErrorAsync("system-shutdown");
            await stream.SendAsync("</stream:stream>");
        }

        await stopped;
        await using var next = await StartAsync();

        await BothAsync(next);
    }

    [Fact]
    public async Task A_way_back_is_for_the_domain_that_had_a_stream_of_its_own_too()
    {
        await using var server = await StartAsync(static options => options.Federation.Policy.RequireTls = false);
        var (romeo, duke, peer, authority) = await WaysBackAsync(server);

        await SendAsync(duke, "3");
        await peer.ExpectMessagesAsync("3");
        await SendAsync(romeo, "4");
        await peer.ExpectMessagesAsync("4");
        await CloseAsync(peer);
        await SendAsync(duke, "5");
        await (await _capulet.TakeAsync(Verona)).ExpectMessagesAsync("5");
        await SendAsync(romeo, "6");
        await authority.AcceptKeyAsync(Montague);
        await authority.ExpectMessagesAsync("6");
    }

    [Fact]
    public async Task What_a_lost_way_back_did_not_take_goes_on_with_each_once()
    {
        const int sent = 40;
        await using var server = await StartAsync(static options => options.Federation.Policy.RequireTls = false);
        var (romeo, duke, peer, authority) = await WaysBackAsync(server);
        for (var i = 0; i < sent; i++)
        {
            var message = $"<message id='{i}' to='juliet@{Capulet}'><body>{new string('x', 4096)}</body></message>";
            await romeo.SendAsync(message);
            await duke.SendAsync(message);
        }

        await romeo.BarrierAsync();
        await duke.BarrierAsync();

        // It has read nothing of it.
        await peer.DisposeAsync();
        var second = await _capulet.TakeAsync(Verona);
        await authority.AcceptKeyAsync(Montague);

        await ExpectTailAsync(second, "duke");
        await ExpectTailAsync(authority, "romeo");

        static async Task ExpectTailAsync(TestClient stream, string who)
        {
            var first = await stream.ReceiveAsync();
            Assert.StartsWith(who, first.Attribute("from"), StringComparison.Ordinal);
            for (var i = int.Parse(first.Attribute("id")!, CultureInfo.InvariantCulture) + 1; i < sent; i++)
            {
                await stream.ExpectMessagesAsync($"{i}");
            }
        }
    }

    private static async Task CloseAsync(TestClient stream)
    {
        await stream.SendAsync("</stream:stream>");
        await stream.ExpectCloseAsync();
        await stream.ServedAsync();
    }

    private static async Task SendAsync(TestClient client, params string[] ids)
    {
        foreach (var id in ids)
        {
            await client.SendAsync($"<message id='{id}' to='juliet@{Capulet}'><body>{id}</body></message>");
        }
    }

    private static async Task<(TestClient Romeo, TestClient Duke)> LoginAsync(XmppTestServer server) =>
        (await server.LoginAsync($"romeo@{Montague}/garden"), await server.LoginAsync($"duke@{Verona}/court"));

    private async Task<(TestClient Romeo, TestClient Duke, TestClient First, TestClient Second)> BothAsync(XmppTestServer server)
    {
        var (romeo, duke) = await LoginAsync(server);
        await SendAsync(romeo, "1");
        var first = await _capulet.TakeAsync(Montague);
        await first.ExpectMessagesAsync("1");
        await SendAsync(duke, "2");
        var second = await _capulet.TakeAsync(Verona);
        await second.ExpectMessagesAsync("2");
        return (romeo, duke, first, second);
    }

    // A stream of the other server on which both may send back, while neither has one of ours: keys are asked about on one that offers dialback.
    private async Task<(TestClient Romeo, TestClient Duke, TestClient Peer, TestClient Authority)> WaysBackAsync(XmppTestServer server)
    {
        var (romeo, duke, first, second) = await BothAsync(server);
        await CloseAsync(second);
        await CloseAsync(first);
        var peer = server.ConnectServer();
        await peer.SendAsync(Header(Capulet, Montague, null) + "<bidi xmlns='urn:xmpp:bidi'/>");
        await peer.ReceiveHeaderAsync();
        await peer.ReceiveAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var (authority, _) = await _capulet.AcceptAsync(Features, Montague);
        await authority.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Verona}'>{Key}</db:result>");
        await authority.AnswerAsync("valid");
        await peer.ExpectAsync("result", Verona, Capulet, "valid");
        return (romeo, duke, peer, authority);
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => _network.StartAsync("192.0.2.1", [Montague, Verona], options);
}
