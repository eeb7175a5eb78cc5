using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Protocol;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Tests.Streams;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ManagedServerPeer;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0198 on a stream that another server opened. The other server is played.</summary>
public sealed class InboundManagementTests : IDisposable
{
    private const string Rooms = "rooms.capulet.example";
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;
    private TestClient? _authority;

    public InboundManagementTests() => _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task It_is_on_offer_where_dialback_is_and_can_be_enabled_once_a_pair_is_good()
    {
        await using var server = await StartAsync();
        var peer = server.ConnectServer();
        await peer.SendAsync(Header(Capulet, Montague, null));
        await peer.ReceiveFeaturesAsync();
        Assert.NotNull(peer.Features.Child("sm", Management));
        foreach (var element in new[] { "<enable xmlns='urn:xmpp:sm:3'/>", "<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>", "<r xmlns='urn:xmpp:sm:3'/>", "<a xmlns='urn:xmpp:sm:3' h='0'/>" })
        {
            await peer.SendAsync(element);
            (await peer.ReceiveAsync()).IsFailed("unexpected-request");
        }

        await VerifyAsync(peer, Capulet);

        Assert.NotEqual("", await peer.EnableAsync());
    }

    [Theory]
    [InlineData("resume='true'", "120")]
    [InlineData("resume='1' max='60'", "60")]
    [InlineData("resume='true' max='100000'", "120")]
    [InlineData("resume='true' max='soon'", "120")]
    [InlineData("", null)]
    [InlineData("resume='false'", null)]
    public async Task The_other_server_may_wish_for_less_time_to_resume(string attributes, string? max)
    {
        await using var server = await StartAsync();
        var peer = await VerifiedAsync(server);

        await peer.SendAsync($"<enable xmlns='{Management}' {attributes}/>");

        var enabled = await peer.ReceiveAsync();
        Assert.True(enabled.Is("enabled", Management));
        Assert.Equal((max, max is null ? null : "true"), (enabled.Attribute("max"), enabled.Attribute("resume")));
        Assert.Equal(max is not null, enabled.Attribute("id") is { Length: >= 22 });
    }

    [Fact]
    public async Task Stanzas_count_from_the_enable_on_and_what_is_no_stanza_does_not()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await VerifiedAsync(server);
        await SendAsync(peer, "before");
        await peer.EnableAsync();
        Assert.Equal(0u, await peer.AskHandledAsync());

        await SendAsync(peer, "1", "2");
        await peer.SendAsync($"<presence from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'/> <db:verify from='{Capulet}' to='{Montague}' id='1'>x</db:verify>");
        await peer.ExpectAsync("verify", Montague, Capulet, "invalid", null, "1");

        Assert.Equal(3u, await peer.AskHandledAsync());
        await peer.SendAsync($"<r xmlns=\"{Management}\"></r>");
        Assert.Equal("3", (await peer.ReceiveAsync()).Attribute("h"));
        Assert.Equal("before", (await romeo.MessageAsync()).Attribute("id"));
    }

    [Fact]
    public async Task A_stanza_counts_when_it_is_committed_and_those_behind_it_wait()
    {
        var store = new HeldOfflineStore();
        await using var server = await StartAsync(build: builder => builder.Services.AddSingletonStore<IOfflineStore>(store));
        await server.CreateAccountAsync($"nurse@{Montague}");
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await VerifiedAsync(server);
        await peer.EnableAsync();

        await peer.SendAsync($"<message from='juliet@{Capulet}' to='nurse@{Montague}' type='chat'><body>x</body></message>");
        await store.Reached;
        await SendAsync(peer, "behind");
        await romeo.MessageAsync();
        await peer.SendAsync($"<r xmlns='{Management}'/>");
        await peer.SendAsync($"<db:verify from='{Capulet}' to='{Montague}' id='1'>x</db:verify>");
        await peer.ExpectAsync("verify", Montague, Capulet, "invalid", null, "1");
        server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("0", (await peer.ReceiveAsync()).Attribute("h"));
        await peer.SendAsync($"<r xmlns='{Management}'/>");
        await SendAsync(peer, "after");
        await romeo.MessageAsync();
        store.Release();

        Assert.Equal("3", (await peer.ReceiveAsync()).Attribute("h"));
    }

    [Fact]
    public async Task A_second_enable_ends_the_stream()
    {
        await using var server = await StartAsync();
        var peer = await VerifiedAsync(server);
        await peer.EnableAsync();

        await peer.SendAsync($"<enable xmlns='{Management}'/>");

        (await peer.ReceiveAsync()).IsFailed("unexpected-request");
        await EndsWithAsync(peer, "policy-violation", "0");
    }

    [Theory]
    [InlineData("h='1'", "1")]
    [InlineData("h='4294967295'", "4294967295")]
    [InlineData("h='4294967296'", "4294967296")]
    [InlineData("h='-1'", "-1")]
    [InlineData("h='many'", "many")]
    [InlineData("h=''", "")]
    [InlineData("", null)]
    public async Task A_count_that_cannot_be_ends_the_stream(string attributes, string? handled)
    {
        await using var server = await StartAsync();
        var peer = await VerifiedAsync(server);
        await peer.EnableAsync();

        await peer.SendAsync($"<a xmlns='{Management}' {attributes}/>");

        await peer.ExpectTooHighAsync(handled, "0");
    }

    [Fact]
    public async Task A_lost_stream_is_resumed_where_its_pair_is_verified_again()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await VerifiedAsync(server);
        var id = await peer.EnableAsync("resume='true'");
        await SendAsync(peer, "1", "2");
        await romeo.MessageAsync();
        await romeo.MessageAsync();
        await peer.DisposeAsync();

        var again = await VerifiedAsync(server);
        var resumed = await again.AskToResumeAsync(id);

        Assert.True(resumed.Is("resumed", Management), again.Describe("<resumed/> was due"));
        Assert.Equal((id, "2"), (resumed.Attribute("previd"), resumed.Attribute("h")));
        await SendAsync(again, "3");
        Assert.Equal(3u, await again.AskHandledAsync());
        Assert.Equal("3", (await romeo.MessageAsync()).Attribute("id"));

        // And once more.
        await again.DisposeAsync();
        var third = await VerifiedAsync(server);
        Assert.Equal("3", (await third.AskToResumeAsync(id)).Attribute("h"));
    }

    [Fact]
    public async Task A_stanza_that_is_being_handled_when_the_connection_is_lost_is_handled_once()
    {
        await using var server = await StartAsync(build: builder => builder.AddModule<Gate>());
        var gate = server.Get<Gate>();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await VerifiedAsync(server);
        var id = await peer.EnableAsync();
        await SendAsync(peer, "hold");
        await gate.Reached;
        var lost = peer.DisposeAsync();
        var again = await VerifiedAsync(server);
        await again.SendAsync($"<resume xmlns='{Management}' previd='{id}' h='0'/>");

        gate.Open();
        await lost;

        Assert.Equal("1", (await again.ReceiveAsync()).Attribute("h"));
        await romeo.MessageAsync();
        await romeo.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_stanza_that_is_never_done_keeps_who_resumes_for_twice_the_time_of_closing_and_no_longer()
    {
        await using var server = await StartAsync(build: builder => builder.AddModule<Gate>());
        var gate = server.Get<Gate>();
        var peer = await VerifiedAsync(server);
        var again = await VerifiedAsync(server);
        var id = await peer.EnableAsync();
        await SendAsync(peer, "hold");
        await gate.Reached;
        try
        {
            Assert.False(server.Time.IsDelaying);
            await again.SendAsync($"<resume xmlns='{Management}' previd='{id}' h='0'/>");
            await server.Time.WhenDelayedAsync();

            server.Time.Advance(2 * server.Get<IOptions<XmppServerOptions>>().Value.CloseTimeout);

            (await again.ReceiveAsync()).IsFailed("item-not-found", "0");
        }
        finally
        {
            gate.Open();
        }
    }

    [Fact]
    public async Task The_old_stream_ends_with_a_conflict_when_it_is_resumed_while_it_is_open()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var old = await VerifiedAsync(server);
        var id = await old.EnableAsync();
        await SendAsync(old, "1");
        await romeo.MessageAsync();

        var peer = await VerifiedAsync(server);
        Assert.Equal("1", (await peer.AskToResumeAsync(id)).Attribute("h"));

        await EndsWithAsync(old, "conflict", "1");
        await SendAsync(peer, "2");
        Assert.Equal(2u, await peer.AskHandledAsync());
    }

    [Fact]
    public async Task An_unknown_id_and_anothers_are_the_same_and_the_stream_goes_on()
    {
        var authority = _network.Play(Rooms, "192.0.2.10", _certificate);
        await using var server = await StartAsync();
        var peer = await VerifiedAsync(server);
        var id = await peer.EnableAsync();
        await peer.DisposeAsync();

        var other = await server.OpenServerAsync(Rooms);
        await other.SendAsync($"<db:result from='{Rooms}' to='{Montague}'>{Key}</db:result>");
        await (await authority.AcceptAsync(domain: Rooms)).AnswerAsync("valid");
        await other.ReceiveAsync();

        (await other.AskToResumeAsync("some-long-sm-id")).IsFailed("item-not-found");
        (await other.AskToResumeAsync(id)).IsFailed("item-not-found");
        Assert.NotEqual(id, await other.EnableAsync());
    }

    [Fact]
    public async Task A_stream_for_more_domains_is_resumed_only_where_all_are_verified()
    {
        var authority = _network.Play(Rooms, "192.0.2.10", _certificate);
        await using var server = await StartAsync();
        var peer = await VerifiedAsync(server);
        await peer.SendAsync($"<db:result from='{Rooms}' to='{Montague}'>{Key}</db:result>");
        var rooms = await authority.AcceptAsync(domain: Rooms);
        await rooms.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Rooms, "valid");
        var id = await peer.EnableAsync();
        await peer.DisposeAsync();

        var again = await VerifiedAsync(server);
        (await again.AskToResumeAsync(id)).IsFailed("item-not-found");
        await again.SendAsync($"<db:result from='{Rooms}' to='{Montague}'>{Key}</db:result>");
        await rooms.AnswerAsync("valid");
        await again.ExpectAsync("result", Montague, Rooms, "valid");

        Assert.True((await again.AskToResumeAsync(id)).Is("resumed", Management));
    }

    [Fact]
    public async Task What_comes_too_late_learns_how_much_was_handled()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await VerifiedAsync(server);
        var id = await peer.EnableAsync();
        await SendAsync(peer, "1");
        await romeo.MessageAsync();
        await peer.DisposeAsync();
        server.Time.Advance(TimeSpan.FromMinutes(2));

        // The one for keys has been idle for too long, and was cut off.
        await _authority!.ExpectEndAsync();
        await _authority.DisposeAsync();
        _authority = null;
        var again = await VerifiedAsync(server);

        (await again.AskToResumeAsync(id)).IsFailed("item-not-found", "1");
        Assert.NotEqual("", await again.EnableAsync());
    }

    [Fact]
    public async Task A_stream_that_was_closed_is_over_and_its_last_word_is_the_count()
    {
        await using var server = await StartAsync();
        var peer = await VerifiedAsync(server);
        var id = await peer.EnableAsync();
        await SendAsync(peer, "1");

        await peer.SendAsync("</stream:stream>");

        Assert.Equal("1", (await peer.ReceiveAsync()).Attribute("h"));
        await peer.ExpectCloseAsync();
        (await (await VerifiedAsync(server)).AskToResumeAsync(id)).IsFailed("item-not-found", "1");
    }

    [Fact]
    public async Task A_server_that_stops_says_how_much_it_has_handled()
    {
        await using var server = await StartAsync();
        var peer = await VerifiedAsync(server);
        await peer.EnableAsync();
        await SendAsync(peer, "1");
        Assert.Equal(1u, await peer.AskHandledAsync());

        var stopping = server.StopAsync();

        await EndsWithAsync(peer, "system-shutdown", "1");
        await stopping;
    }

    [Theory]
    [InlineData("<resume xmlns='urn:xmpp:sm:3' h='0'/>")]
    [InlineData("<resume xmlns='urn:xmpp:sm:3' previd='' h='0'/>")]
    [InlineData("<resume xmlns='urn:xmpp:sm:3' previd='x'/>")]
    [InlineData("<resume xmlns='urn:xmpp:sm:3' previd='x' h='-1'/>")]
    public async Task A_resume_without_its_attributes_is_a_bad_request(string resume)
    {
        await using var server = await StartAsync();
        var peer = await VerifiedAsync(server);

        await peer.SendAsync(resume);

        (await peer.ReceiveAsync()).IsFailed("bad-request");
        Assert.NotEqual("", await peer.EnableAsync());
    }

    [Fact]
    public async Task Nobody_has_handled_what_was_never_sent_when_a_stream_is_resumed()
    {
        await using var server = await StartAsync();
        var peer = await VerifiedAsync(server);
        var id = await peer.EnableAsync();
        await peer.DisposeAsync();
        var again = await VerifiedAsync(server);

        Assert.True((await again.AskToResumeAsync(id, "1")).Is("resumed", Management));

        await again.ExpectTooHighAsync("1", "0");
    }

    [Fact]
    public async Task Where_resumption_is_off_it_is_not_promised()
    {
        await using var server = await StartAsync(static options => options.Federation.ResumptionTime = TimeSpan.Zero);
        var peer = await VerifiedAsync(server);

        (await peer.AskToResumeAsync("some-long-sm-id")).IsFailed("feature-not-implemented");
        Assert.Equal("", await peer.EnableAsync());
    }

    private static async Task SendAsync(TestClient peer, params string[] ids)
    {
        foreach (var id in ids)
        {
            await peer.SendAsync($"<message id='{id}' from='juliet@{Capulet}/balcony' to='romeo@{Montague}/garden'><body>{id}</body></message>");
        }
    }

    // The count comes before the error.
    private static async Task EndsWithAsync(TestClient peer, string condition, string handled)
    {
        var told = await peer.ReceiveAsync(static element => element.Is("a", Management));
        Assert.Equal(handled, told.Attribute("h"));
        await peer.ExpectStreamErrorAsync(condition);
    }

    private async Task<TestClient> VerifiedAsync(XmppTestServer server)
    {
        var peer = await server.OpenServerAsync();
        await VerifyAsync(peer, Capulet);
        return peer;
    }

    private async Task VerifyAsync(TestClient peer, string domain)
    {
        await peer.SendAsync($"<db:result from='{domain}' to='{Montague}'>{Key}</db:result>");
        _authority ??= await _accepted.AcceptAsync();
        await _authority.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, domain, "valid");
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null, Action<IXmppServerBuilder>? build = null) => _network.StartAsync(
        "192.0.2.1",
        [Montague],
        given =>
        {
            given.Federation.Policy.RequireTls = false;
            options?.Invoke(given);
        },
        build: build);
}
