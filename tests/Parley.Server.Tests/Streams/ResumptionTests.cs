using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Server.Routing;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Streams.ManagedClient;

namespace Parley.Server.Tests.Streams;

/// <summary>Streams that are resumed, replaced, and given up (XEP-0198 §5, §7).</summary>
public sealed class ResumptionTests
{
    [Fact]
    public async Task What_was_not_acknowledged_is_sent_again_once_and_in_order()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var id = await juliet.ManageAsync();
        await SendAsync(romeo, "1", "2", "3");
        await juliet.MessageAsync();
        await juliet.MessageAsync();
        await juliet.DisposeAsync();
        await SendAsync(romeo, "4", "5");
        await romeo.ExpectNothingAsync();

        var (again, resumed) = await server.ResumeAsync("juliet", id, 2);

        Assert.True(resumed.Is("resumed", Namespace));
        Assert.Equal(id, resumed.Attribute("previd"));
        Assert.Equal("0", resumed.Attribute("h"));
        foreach (var body in new[] { "3", "4", "5" })
        {
            Assert.Equal(body, (await again.MessageAsync()).Body());
        }

        await SendAsync(romeo, "6");
        Assert.Equal("6", (await again.MessageAsync()).Body());
        await again.SendAsync("<message to='romeo@example.org/orchard'><body>back</body></message>");
        Assert.Equal("juliet@example.org/balcony", (await romeo.MessageAsync()).Attribute("from"));
        Assert.Equal(1u, await again.HandledAsync());
    }

    [Fact]
    public async Task However_many_are_kept_and_acknowledged_meanwhile_the_order_stays()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var id = await juliet.ManageAsync();
        await SendAsync(romeo, Numbers(1, 10));
        await TakeAsync(juliet, 1, 10);
        await AcknowledgeAsync(juliet, 7);
        await SendAsync(romeo, Numbers(11, 100));
        await TakeAsync(juliet, 11, 100);
        await AcknowledgeAsync(juliet, 20);
        await SendAsync(romeo, Numbers(101, 110));
        await TakeAsync(juliet, 101, 110);
        await juliet.DisposeAsync();

        var (again, resumed) = await server.ResumeAsync("juliet", id, 21);

        Assert.True(resumed.Is("resumed", Namespace));
        await TakeAsync(again, 22, 110);
        await AcknowledgeAsync(again, 110);
        await SendAsync(romeo, "111");
        await TakeAsync(again, 111, 111);

        static string[] Numbers(int first, int last) =>
            [.. Enumerable.Range(first, last - first + 1).Select(static number => number.ToString(System.Globalization.CultureInfo.InvariantCulture))];

        static async Task TakeAsync(TestClient client, int first, int last)
        {
            foreach (var number in Numbers(first, last))
            {
                Assert.Equal(number, (await client.MessageAsync()).Body());
            }
        }

        // The answer to a request behind it tells that the acknowledgement has been read.
        static async Task AcknowledgeAsync(TestClient client, int handled)
        {
            await client.SendAsync($"<a xmlns='{Namespace}' h='{handled}'/>");
            await client.HandledAsync();
        }
    }

    [Fact]
    public async Task The_count_of_the_client_goes_on_over_connections()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();
        await juliet.PresenceAsync();
        await juliet.SendAsync("<message to='juliet@example.org'><body>x</body></message>");
        Assert.Equal("x", (await juliet.MessageAsync()).Body());
        Assert.Equal(2u, await juliet.HandledAsync());
        await juliet.DisposeAsync();

        var (again, resumed) = await server.ResumeAsync("juliet", id, 2);
        Assert.Equal("2", resumed.Attribute("h"));
        await again.PresenceAsync(1);
        Assert.Equal(3u, await again.HandledAsync());
        await again.DisposeAsync();

        (_, resumed) = await server.ResumeAsync("juliet", id, 3);
        Assert.Equal("3", resumed.Attribute("h"));
    }

    [Fact]
    public async Task Without_a_connection_the_resource_stays_as_its_presence_says()
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("juliet@example.org/other");
        await romeo.PresenceAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.PresenceAsync();
        await juliet.ManageAsync();
        await juliet.BarrierAsync();
        await romeo.ReceiveAllAsync();

        await juliet.DisposeAsync();

        await romeo.ExpectNothingAsync();
        server.Time.Advance(TimeSpan.FromSeconds(599));
        await romeo.ExpectNothingAsync();
        server.Time.Advance(TimeSpan.FromSeconds(2));
        var gone = await romeo.ReceiveAsync(static element => element.LocalName == "presence");
        Assert.Equal("unavailable", gone.Attribute("type"));
        Assert.Equal("juliet@example.org/balcony", gone.Attribute("from"));
    }

    [Fact]
    public async Task When_its_time_is_up_messages_are_kept_requests_refused_and_the_id_forgotten()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await juliet.PresenceAsync();
        await juliet.BarrierAsync();
        var id = await juliet.ManageAsync();
        await juliet.SendAsync("<presence to='romeo@example.org'/>");
        await juliet.HandledAsync();
        await juliet.DisposeAsync();
        await romeo.SendAsync("<message to='juliet@example.org/balcony' type='chat'><body>kept</body></message>");
        await romeo.SendAsync("<iq type='get' id='q' to='juliet@example.org/balcony'><query xmlns='jabber:iq:version'/></iq>");
        await romeo.ExpectNothingAsync();

        server.Time.Advance(TimeSpan.FromSeconds(601));

        (await romeo.ReceiveAsync(static element => element.Attribute("id") == "q")).IsError("service-unavailable", "cancel");
        var (late, failed) = await server.ResumeAsync("juliet", id, 0);
        Assert.NotNull(failed.Child("item-not-found", Namespaces.StanzaErrors));
        Assert.Equal("1", failed.Attribute("h"));

        await late.BindAsync("balcony");
        await late.PresenceAsync();
        var message = await late.MessageAsync();
        Assert.Equal("kept", message.Body());
        Assert.NotNull(message.Child("delay", "urn:xmpp:delay"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task What_two_lost_sessions_were_given_waits_for_the_next_when_both_are_given_up(int apart)
    {
        await using var server = await XmppTestServer.StartAsync();
        foreach (var resource in new[] { "phone", "tablet" })
        {
            server.Time.Advance(TimeSpan.FromSeconds(apart));
            var juliet = await server.LoginAsync($"juliet@example.org/{resource}");
            await juliet.ManageAsync();
            await juliet.PresenceAsync();
            await juliet.HandledAsync();
            await juliet.DisposeAsync();
        }

        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>x</body></message>");
        await romeo.BarrierAsync();

        // The phone's time, then the tablet's.
        server.Time.Advance(TimeSpan.FromSeconds(601 - apart));
        Assert.Equal(apart == 0 ? 1 : 0, await KeptAsync(server));
        server.Time.Advance(TimeSpan.FromSeconds(apart));
        Assert.Equal(1, await KeptAsync(server));

        var late = await server.LoginAsync("juliet@example.org/desk");
        await late.AppearAsync();
        Assert.Equal("x", (await late.MessageAsync()).Body());
        await late.ExpectNothingAsync();
    }

    [Fact]
    public async Task What_a_lost_session_did_not_take_says_once_since_when_the_server_had_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await juliet.PresenceAsync();
        await juliet.BarrierAsync();
        await juliet.ManageAsync();
        await juliet.DisposeAsync();
        await romeo.SendAsync("<message to='juliet@example.org'><body>again</body><delay xmlns='urn:xmpp:delay' from='romeo@example.org/orchard' stamp='2002-09-10T23:08:25Z'/></message>");
        await romeo.BarrierAsync();

        server.Time.Advance(TimeSpan.FromSeconds(601));

        var late = await server.LoginAsync("juliet@example.org/chamber");
        await late.PresenceAsync();
        var stamps = (await late.MessageAsync()).ToText().Split("<delay ").Skip(1).ToArray();
        Assert.Equal(2, stamps.Length);
        Assert.Contains("2002-09-10T23:08:25Z", stamps[0], StringComparison.Ordinal);
        Assert.Contains("from='example.org' stamp='2026-01-01T12:00:00Z'", stamps[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("anothers")]
    public async Task An_id_that_is_not_ones_own_is_not_found_and_a_resource_may_be_bound(string which)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();
        await juliet.DisposeAsync();
        await server.CreateAccountAsync("mallory@example.org");

        var (mallory, failed) = await server.ResumeAsync("mallory", which == "unknown" ? "0123456789abcdef" : id, 0);

        Assert.True(failed.Is("failed", Namespace));
        Assert.NotNull(failed.Child("item-not-found", Namespaces.StanzaErrors));
        Assert.Null(failed.Attribute("h"));
        await mallory.BindAsync("x");
        var (_, resumed) = await server.ResumeAsync("juliet", id, 0);
        Assert.True(resumed.Is("resumed", Namespace));
    }

    [Theory]
    [InlineData("h='0'")]
    [InlineData("previd='x'")]
    [InlineData("previd='x' h='-1'")]
    [InlineData("previd='x' h='z'")]
    [InlineData("previd='' h='0'")]
    public async Task A_malformed_request_is_refused(string attributes)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var juliet = await server.OpenAsync();
        await juliet.AuthenticateAsync("juliet", XmppTestServer.Password);

        await juliet.SendAsync($"<resume xmlns='{Namespace}' {attributes}/>");

        Assert.NotNull((await juliet.ReceiveAsync()).Child("bad-request", Namespaces.StanzaErrors));
        await juliet.BindAsync("balcony");
    }

    [Fact]
    public async Task Who_claims_more_than_was_sent_gets_an_error_and_the_session_stays()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();
        await juliet.DisposeAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var liar = await server.OpenAsync();
        await liar.AuthenticateAsync("juliet", XmppTestServer.Password);

        await liar.SendAsync($"<resume xmlns='{Namespace}' previd='{id}' h='7'/>");

        var error = await liar.ExpectStreamErrorAsync("undefined-condition");
        Assert.Equal("7", error.Child("handled-count-too-high", Namespace)?.Attribute("h"));
        var (_, resumed) = await server.ResumeAsync("juliet", id, 0);
        Assert.True(resumed.Is("resumed", Namespace));
    }

    [Fact]
    public async Task A_stream_that_is_still_open_ends_with_a_conflict()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var id = await juliet.ManageAsync();

        var (again, resumed) = await server.ResumeAsync("juliet", id, 0);

        Assert.True(resumed.Is("resumed", Namespace));
        await juliet.ExpectStreamErrorAsync("conflict");
        await SendAsync(romeo, "1");
        Assert.Equal("1", (await again.MessageAsync()).Body());
    }

    [Fact]
    public async Task On_a_bound_stream_nothing_is_resumed()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();
        var other = await server.LoginAsync("juliet@example.org/other");

        await other.SendAsync($"<resume xmlns='{Namespace}' previd='{id}' h='0'/>");

        Assert.NotNull((await other.ReceiveAsync()).Child("unexpected-request", Namespaces.StanzaErrors));
    }

    [Theory]
    [InlineData("</stream:stream>")]
    [InlineData("<message from='somebody@else.example'/>")]
    [InlineData("<a xmlns='urn:xmpp:sm:3' h='99'/>")]
    public async Task A_stream_that_was_ended_and_not_lost_cannot_be_resumed(string last)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();

        await juliet.SendAsync(last);
        await juliet.ExpectEndAsync();
        await juliet.ServedAsync();

        var (_, failed) = await server.ResumeAsync("juliet", id, 0);
        Assert.NotNull(failed.Child("item-not-found", Namespaces.StanzaErrors));
    }

    [Fact]
    public async Task A_new_session_takes_the_resource_of_one_that_waits()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var id = await juliet.ManageAsync();
        await juliet.DisposeAsync();
        await romeo.SendAsync("<message to='juliet@example.org/balcony' type='chat'><body>waited</body></message>");
        await romeo.BarrierAsync();

        var fresh = await server.LoginAsync("juliet@example.org/balcony");
        await fresh.PresenceAsync();

        Assert.Equal("waited", (await fresh.MessageAsync()).Body());
        var (_, failed) = await server.ResumeAsync("juliet", id, 0);
        Assert.NotNull(failed.Child("item-not-found", Namespaces.StanzaErrors));
    }

    [Fact]
    public async Task Sessions_that_wait_make_room_for_one_that_is_there()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.MaxResources = 2);
        for (var i = 0; i < 3; i++)
        {
            var juliet = await server.LoginAsync($"juliet@example.org/{i}");
            await juliet.ManageAsync();
            await juliet.DisposeAsync();
        }

        await server.LoginAsync("juliet@example.org/last");
    }

    [Fact]
    public async Task More_than_may_wait_for_a_session_goes_into_the_store()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.MaxOutputBytes = 64 * 1024);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var id = await juliet.ManageAsync();
        await juliet.DisposeAsync();
        var filler = new string('x', 1000);
        for (var i = 0; i < 100; i++)
        {
            await romeo.SendAsync($"<message to='juliet@example.org/balcony' type='chat'><body>{i} {filler}</body></message>");
        }

        await romeo.ExpectNothingAsync();
        var (late, failed) = await server.ResumeAsync("juliet", id, 0);
        Assert.NotNull(failed.Child("item-not-found", Namespaces.StanzaErrors));
        await late.BindAsync("balcony");
        await late.PresenceAsync();
        for (var i = 0; i < 100; i++)
        {
            Assert.StartsWith($"{i} ", (await late.MessageAsync()).Body(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Stored_messages_are_forgotten_when_the_client_has_acknowledged_them()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>x</body></message>");
        await romeo.BarrierAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ManageAsync();
        await juliet.PresenceAsync();
        Assert.Equal("x", (await juliet.MessageAsync()).Body());
        Assert.Equal(1, await server.Get<IOfflineStore>().CountAsync(Jid.Parse("juliet@example.org"), CancellationToken.None));

        await juliet.SendAsync($"<a xmlns='{Namespace}' h='2'/>");
        await juliet.BarrierAsync();

        Assert.Equal(0, await KeptAsync(server));
    }

    [Fact]
    public async Task More_than_may_wait_behind_stored_messages_goes_into_the_store_and_comes_in_order()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.MaxOutputBytes = 64 * 1024);
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>0</body></message>");
        await romeo.BarrierAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ManageAsync();
        await juliet.PresenceAsync();
        Assert.Equal("0", (await juliet.MessageAsync()).Body());

        // Until it is acknowledged all others wait behind it.
        var filler = new string('x', 2000);
        for (var i = 1; i <= 100; i++)
        {
            await romeo.SendAsync($"<message to='juliet@example.org' type='chat'><body>{i} {filler}</body></message>");
        }

        await romeo.ExpectNothingAsync();
        await juliet.SendAsync($"<a xmlns='{Namespace}' h='2'/>");
        var handled = 2;
        for (var i = 1; i <= 100; i++)
        {
            Assert.StartsWith($"{i} ", (await juliet.MessageAsync()).Body(), StringComparison.Ordinal);
            await juliet.SendAsync($"<a xmlns='{Namespace}' h='{++handled}'/>");
        }

        await romeo.ExpectNothingAsync();
    }

    // How many messages the store has for Juliet, once all that is on its way is there.
    private static async Task<int> KeptAsync(XmppTestServer server)
    {
        await server.Get<IMessageHold>().AllEndedAsync().WaitAsync(TestClient.Patience);
        return await server.Get<IOfflineStore>().CountAsync(Jid.Parse("juliet@example.org"), CancellationToken.None);
    }

    private static async Task SendAsync(TestClient client, params string[] bodies)
    {
        foreach (var body in bodies)
        {
            await client.SendAsync($"<message to='juliet@example.org/balcony'><body>{body}</body></message>");
        }

        await client.BarrierAsync();
    }
}
