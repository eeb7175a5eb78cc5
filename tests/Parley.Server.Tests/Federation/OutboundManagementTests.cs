using System.Text;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Tests.Streams;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ManagedServerPeer;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0198 on a stream that the server opens, and what becomes of what the other server did not acknowledge. The other server is played.</summary>
public sealed class OutboundManagementTests : IDisposable
{
    private const string Verona = "verona.example";
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    public OutboundManagementTests() => _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task It_is_enabled_before_the_first_stanza_and_nobody_waits_for_the_answer()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1", "2");

        var stream = await _accepted.TakeStreamAsync();

        var enable = await stream.ReceiveAsync();
        Assert.True(enable.Is("enable", Management));
        Assert.Equal(("true", "120"), (enable.Attribute("resume"), enable.Attribute("max")));
        await stream.ExpectMessagesAsync("1", "2");
        await stream.SendAsync($"<enabled xmlns='{Management}'/>");
        await stream.TellHandledAsync(2);
        Assert.Equal(0u, await stream.AskHandledAsync());
    }

    [Fact]
    public async Task It_is_not_enabled_where_it_is_not_on_offer()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await _accepted.TakeStreamAsync(Features);

        Assert.Equal("1", (await stream.ReceiveAsync()).Attribute("id"));

        // What such a server had on its way is lost with the connection; what it was not sent is not.
        await stream.DisposeAsync();
        await SendAsync(romeo, "2");
        Assert.Equal("2", (await (await _accepted.TakeStreamAsync(Features)).ReceiveAsync()).Attribute("id"));
    }

    [Fact]
    public async Task A_refused_enable_leaves_the_stream_as_it_is()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await _accepted.TakeStreamAsync();
        await stream.ReceiveAsync(static element => element.Is("enable", Management));

        await stream.SendAsync($"<failed xmlns='{Management}'><internal-server-error xmlns='{Namespaces.StanzaErrors}'/></failed>");
        await stream.ExpectMessagesAsync("1");
        for (var i = 0; i < 40; i++)
        {
            await SendAsync(romeo, $"{i}");
        }

        for (var i = 0; i < 40; i++)
        {
            // It may have asked for acknowledgements before it read that there are none.
            Assert.Equal($"{i}", (await stream.ReceiveAsync(static element => element.LocalName == "message")).Attribute("id"));
        }
    }

    [Fact]
    public async Task The_server_asks_after_sixteen_stanzas_and_for_the_rest_a_beat_later()
    {
        await using var server = await StartAsync();
        var (romeo, stream) = await ManagedAsync(server);
        for (var i = 1; i < 20; i++)
        {
            await SendAsync(romeo, $"{i}");
        }

        for (var i = 1; i < 16; i++)
        {
            Assert.Equal($"{i}", (await stream.ReceiveAsync()).Attribute("id"));
        }

        Assert.True((await stream.ReceiveAsync()).Is("r", Management));
        for (var i = 16; i < 20; i++)
        {
            Assert.Equal($"{i}", (await stream.ReceiveAsync()).Attribute("id"));
        }

        server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True((await stream.ReceiveAsync()).Is("r", Management));
    }

    [Fact]
    public async Task A_lost_stream_is_resumed_and_what_was_not_handled_comes_before_what_is_new()
    {
        await using var server = await StartAsync();
        var (romeo, stream) = await ManagedAsync(server);
        await SendAsync(romeo, "1", "2", "3");
        await stream.ExpectMessagesAsync("1", "2", "3");
        await stream.TellHandledAsync(2);
        await stream.DisposeAsync();
        await SendAsync(romeo, "4");
        await romeo.BarrierAsync();

        var again = await _accepted.TakeStreamAsync();
        await again.BeResumedAsync();
        await SendAsync(romeo, "5");
        await romeo.BarrierAsync();
        await again.SendAsync($"<resumed xmlns='{Management}' previd='some-long-sm-id' h='3'/>");

        // Of those sent before, the first (0), 1 and 2 were handled.
        await again.ExpectMessagesAsync("3", "4", "5");
        await again.TellHandledAsync(6);
        Assert.Equal(0u, await again.AskHandledAsync());
    }

    [Theory]
    [InlineData("h='3'", new[] { "3", "4" })]
    [InlineData("", new[] { "1", "2", "3", "4" })]
    [InlineData("h='17'", new[] { "1", "2", "3", "4" })]
    [InlineData("h='many'", new[] { "1", "2", "3", "4" })]
    public async Task What_cannot_be_resumed_is_sent_again_in_its_order(string attributes, string[] expected)
    {
        await using var server = await StartAsync();
        var (romeo, stream) = await ManagedAsync(server);
        await stream.TellHandledAsync(1);
        await SendAsync(romeo, "1", "2", "3");
        await stream.ExpectMessagesAsync("1", "2", "3");
        await stream.DisposeAsync();
        var again = await _accepted.TakeStreamAsync();
        await again.BeResumedAsync();
        await SendAsync(romeo, "4");
        await romeo.BarrierAsync();

        await again.SendAsync($"<failed xmlns='{Management}' {attributes}><item-not-found xmlns='{Namespaces.StanzaErrors}'/></failed>");

        await again.BeEnabledAsync("another");
        foreach (var id in expected)
        {
            var message = await again.ReceiveAsync(static element => element.LocalName == "message");
            Assert.Equal(id, message.Attribute("id"));

            // When it was sent first (XEP-0203).
            Assert.Equal(id != "4", message.Child("delay", "urn:xmpp:delay") is not null);
        }
    }

    [Theory]
    [InlineData("</stream:stream>")]
    [InlineData("<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")]
    public async Task A_stream_that_was_closed_is_not_resumed_and_what_it_did_not_handle_is_sent_again(string end)
    {
        await using var server = await StartAsync();
        var (romeo, stream) = await ManagedAsync(server);
        await SendAsync(romeo, "1", "2");
        await stream.ExpectMessagesAsync("1", "2");

        await stream.SendAsync($"<a xmlns='{Management}' h='2'/>{end}");

        await stream.ReceiveAsync(static element => element.Is("a", Management));
        await stream.ExpectCloseAsync();
        var again = await _accepted.TakeStreamAsync();
        await again.BeEnabledAsync("another");
        await again.ExpectMessagesAsync("2");
    }

    [Fact]
    public async Task What_finds_no_other_stream_goes_back_in_time()
    {
        await using var server = await StartAsync();
        var (romeo, stream) = await ManagedAsync(server);
        await SendAsync(romeo, "1");
        await stream.ExpectMessagesAsync("1");
        _network.IsDown = true;
        await stream.DisposeAsync();
        await SendAsync(romeo, "2");
        await romeo.ExpectNothingAsync();

        await PassAsync(server, romeo, 110);
        await romeo.ExpectNothingAsync();
        await PassAsync(server, romeo, 15);

        foreach (var id in new[] { "0", "1", "2" })
        {
            var error = await romeo.MessageAsync();
            error.IsError("remote-server-timeout", "wait");
            Assert.Equal(id, error.Attribute("id"));
        }
    }

    [Fact]
    public async Task A_network_that_comes_back_in_time_loses_nothing()
    {
        await using var server = await StartAsync(static options => options.Federation.MaxRetryDelay = TimeSpan.FromSeconds(5));
        var (romeo, stream) = await ManagedAsync(server);
        await SendAsync(romeo, "1");
        await stream.ExpectMessagesAsync("1");
        _network.IsDown = true;
        await stream.DisposeAsync();
        await SendAsync(romeo, "2");
        await romeo.BarrierAsync();
        await PassAsync(server, romeo, 40);
        _network.IsDown = false;
        await PassUntilAsync(server, romeo, 70, _accepted.WaitToReadAsync(TestContext.Current.CancellationToken).AsTask());

        var again = await _accepted.TakeStreamAsync();
        await again.BeResumedAsync();
        await again.SendAsync($"<resumed xmlns='{Management}' previd='some-long-sm-id' h='1'/>");

        await again.ExpectMessagesAsync("1", "2");
        await romeo.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_stream_for_two_domains_is_resumed_when_both_are_proven()
    {
        await using var server = await StartAsync();
        var (romeo, stream) = await ManagedAsync(server);
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        await SendAsync(duke, "1");
        await stream.AcceptKeyAsync(Verona);
        await stream.ExpectMessagesAsync("1");
        await SendAsync(romeo, "2");
        await stream.ExpectMessagesAsync("2");
        await stream.DisposeAsync();
        await SendAsync(romeo, "3");
        await romeo.BarrierAsync();

        var again = await _accepted.AcceptFirstAsync([Montague, Verona]);
        await again.AcceptKeyAsync(Montague);
        await again.AcceptKeyAsync(Verona);
        await again.BeResumedAsync();
        await again.SendAsync($"<resumed xmlns='{Management}' previd='some-long-sm-id' h='1'/>");

        await again.ExpectMessagesAsync("1", "2", "3");
    }

    [Fact]
    public async Task Where_one_of_two_domains_is_not_taken_again_its_senders_hear_of_it_and_the_others_stanzas_are_sent_again()
    {
        await using var server = await StartAsync();
        var (romeo, stream) = await ManagedAsync(server);
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        await SendAsync(duke, "1");
        await stream.AcceptKeyAsync(Verona);
        await stream.ExpectMessagesAsync("1");
        await SendAsync(romeo, "2");
        await stream.ExpectMessagesAsync("2");
        await stream.DisposeAsync();

        var again = await _accepted.AcceptFirstAsync([Montague, Verona]);
        await again.AcceptKeyAsync(Montague);
        await again.ReceiveAsync(static element => element.Attribute("from") == Verona);
        await again.SendAsync($"<db:result from='{Capulet}' to='{Verona}' type='invalid'/>");

        await again.BeEnabledAsync("another");
        await again.ExpectMessagesAsync("0", "2");
        (await duke.MessageAsync()).IsError("internal-server-error", "cancel");
    }

    [Fact]
    public async Task Where_the_other_server_cannot_verify_a_domain_yet_what_was_sent_waits_and_it_is_asked_again()
    {
        await using var server = await StartAsync();
        var (romeo, stream) = await ManagedAsync(server);
        await stream.DisposeAsync();
        var again = await _accepted.AcceptAsync(features: ManagedFeatures);
        await again.ReceiveAsync(static element => element.Is("result", Dialback));

        await again.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='error'><error type='cancel'><remote-connection-failed xmlns='{Namespaces.StanzaErrors}'/></error></db:result>");
        var asked = again.AcceptKeyAsync(Montague);
        await PassUntilAsync(server, romeo, 30, asked);

        await asked;
        await again.BeEnabledAsync("another");
        await again.ExpectMessagesAsync("0");
    }

    [Theory]
    [InlineData("h='2'", "2")]
    [InlineData("h='4294967295'", "4294967295")]
    [InlineData("h='-1'", "-1")]
    [InlineData("h='many'", "many")]
    [InlineData("", null)]
    public async Task A_count_that_cannot_be_ends_the_stream_and_nothing_is_lost(string attributes, string? handled)
    {
        await using var server = await StartAsync();
        var (_, stream) = await ManagedAsync(server);

        await stream.SendAsync($"<a xmlns='{Management}' {attributes}/>");

        await stream.ExpectTooHighAsync(handled, "1");
        var again = await _accepted.TakeStreamAsync();
        await again.BeEnabledAsync();
        await again.ExpectMessagesAsync("0");
    }

    [Fact]
    public async Task A_count_that_cannot_be_when_a_stream_is_resumed_ends_that_and_nothing_is_lost()
    {
        await using var server = await StartAsync();
        var (_, stream) = await ManagedAsync(server);
        await stream.DisposeAsync();
        var again = await _accepted.TakeStreamAsync();
        await again.BeResumedAsync();

        await again.SendAsync($"<resumed xmlns='{Management}' previd='some-long-sm-id' h='2'/>");

        await again.ExpectTooHighAsync("2", "1");
        server.Time.Advance(TimeSpan.FromSeconds(6));
        var third = await _accepted.TakeStreamAsync();
        await third.BeEnabledAsync();
        await third.ExpectMessagesAsync("0");
    }

    [Theory]
    [InlineData("<enabled xmlns='urn:xmpp:sm:3'/>", "unsupported-stanza-type")]
    [InlineData("<resumed xmlns='urn:xmpp:sm:3' previd='some-long-sm-id' h='0'/>", "unsupported-stanza-type")]
    [InlineData("<failed xmlns='urn:xmpp:sm:3'/>", "unsupported-stanza-type")]
    public async Task Answers_that_nobody_asked_for_end_the_stream(string element, string condition)
    {
        await using var server = await StartAsync();
        var (_, stream) = await ManagedAsync(server);

        await stream.SendAsync(element);

        var error = await stream.ReceiveAsync(static answer => answer.Is("error", Namespaces.Streams));
        Assert.NotNull(error.Child(condition, Namespaces.StreamErrors));
    }

    [Fact]
    public async Task More_than_may_be_unacknowledged_waits_then_is_refused_and_leaves_in_its_order()
    {
        await using var server = await StartAsync(static options =>
        {
            options.Federation.MaxUnacknowledgedBytes = 4096;
            options.Federation.MaxQueuedBytes = 4096;
        });
        var (romeo, stream) = await ManagedAsync(server);
        var large = new string('x', 1500);
        for (var i = 1; i <= 6; i++)
        {
            await romeo.SendAsync($"<message id='{i}' to='juliet@{Capulet}'><body>{large}</body></message>");
        }

        // Three are on their way, two wait, one is too much.
        var error = await romeo.MessageAsync();
        error.IsError("resource-constraint", "wait");
        Assert.Equal("6", error.Attribute("id"));
        await stream.ExpectMessagesAsync("1", "2", "3");
        await stream.TellHandledAsync(4);
        await stream.ExpectMessagesAsync("4", "5");
    }

    [Fact]
    public async Task A_server_that_does_not_acknowledge_for_a_minute_is_cut_off_and_the_stream_resumed()
    {
        await using var server = await StartAsync();
        var (_, stream) = await ManagedAsync(server);
        server.Time.Advance(TimeSpan.FromSeconds(2));
        await stream.ReceiveAsync(static element => element.Is("r", Management));

        server.Time.Advance(TimeSpan.FromSeconds(60));

        await stream.ExpectEndAsync();
        var again = await _accepted.TakeStreamAsync();
        await again.BeResumedAsync();
        await again.SendAsync($"<resumed xmlns='{Management}' previd='some-long-sm-id' h='1'/>");
    }

    [Fact]
    public async Task What_is_never_acknowledged_is_not_sent_for_ever()
    {
        await using var server = await StartAsync();
        var (romeo, stream) = await ManagedAsync(server);
        for (var i = 0; i < 3; i++)
        {
            await stream.SendAsync("</stream:stream>");
            stream = await _accepted.TakeStreamAsync();
            await stream.BeEnabledAsync();
            await stream.ExpectMessagesAsync("0");
        }

        await stream.SendAsync("</stream:stream>");

        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");
    }

    [Fact]
    public async Task A_server_that_stops_waits_for_what_is_on_its_way()
    {
        await using var server = await StartAsync();
        var (_, stream) = await ManagedAsync(server);

        var stopping = server.StopAsync();

        await stream.ReceiveAsync(static element => element.Is("r", Management));
        Assert.False(stopping.IsCompleted);
        await stream.TellHandledAsync(1);
        Assert.True((await stream.ReceiveAsync()).Is("a", Management));
        Assert.NotNull((await stream.ReceiveAsync()).Child("system-shutdown", Namespaces.StreamErrors));
        await stopping;
    }

    [Fact]
    public async Task What_is_not_acknowledged_by_the_end_of_a_stop_is_told_to_its_senders()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await romeo.ManageAsync();
        await SendAsync(romeo, "unacknowledged");
        var stream = await _accepted.TakeStreamAsync();
        await stream.BeEnabledAsync();
        await stream.ExpectMessagesAsync("unacknowledged");
        await romeo.SendAsync("<message id='queued' to='x@closed.example'><body>x</body></message>");
        await SendAsync(romeo, "2");
        await stream.ExpectMessagesAsync("2");

        var stopping = server.StopAsync();
        await stream.ReceiveAsync(static element => element.Is("r", Management));
        server.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.NotNull((await stream.ReceiveAsync(static element => element.Is("error", Namespaces.Streams))).Child("system-shutdown", Namespaces.StreamErrors));
        await stream.DisposeAsync();
        await stopping;

        var kept = Assert.Single(await server.Get<IDetachedSessionStore>().TakeAllAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Jid.Parse($"romeo@{Montague}/garden"), kept.Jid);
        var state = Encoding.UTF8.GetString(kept.State.Span);
        Assert.Contains("remote-server-timeout", state, StringComparison.Ordinal);
        Assert.Contains("unacknowledged", state, StringComparison.Ordinal);
    }

    private static async Task SendAsync(TestClient client, params string[] ids)
    {
        foreach (var id in ids)
        {
            await client.SendAsync($"<message id='{id}' to='juliet@{Capulet}'><body>{id}</body></message>");
        }
    }

    // Seconds that are not one instant: what is begun in one gets on before the next.
    private static async Task PassAsync(XmppTestServer server, TestClient client, int seconds)
    {
        for (; seconds > 0; seconds--)
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            await client.BarrierAsync();
        }
    }

    // Beat by beat: how soon something is tried again depends on when its failure was noticed.
    private static async Task PassUntilAsync(XmppTestServer server, TestClient client, int seconds, Task awaited)
    {
        for (; seconds > 0 && !awaited.IsCompleted; seconds--)
        {
            await PassAsync(server, client, 1);
        }
    }

    // One message, 0, has been sent, and is not acknowledged.
    private async Task<(TestClient Romeo, TestClient Stream)> ManagedAsync(XmppTestServer server)
    {
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "0");
        var stream = await _accepted.TakeStreamAsync();
        await stream.BeEnabledAsync();
        await stream.ExpectMessagesAsync("0");

        // The answer to enable has been read when what comes behind it is answered.
        Assert.Equal(0u, await stream.AskHandledAsync());
        return (romeo, stream);
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => _network.StartAsync("192.0.2.1", [Montague, Verona], given =>
    {
        given.Federation.Policy.RequireTls = false;
        options?.Invoke(given);
    });
}
