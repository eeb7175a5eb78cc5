using Parley.Protocol;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Streams.ManagedClient;

namespace Parley.Server.Tests.Streams;

/// <summary>Enabling and acknowledgements (XEP-0198 §3, §4, §6).</summary>
public sealed class StreamManagementTests
{
    [Fact]
    public async Task The_feature_is_on_offer_where_a_resource_can_be_bound()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var juliet = await server.OpenAsync();
        Assert.Null(juliet.Features.Child("sm", Namespace));

        await juliet.AuthenticateAsync("juliet", XmppTestServer.Password);

        Assert.NotNull(juliet.Features.Child("sm", Namespace));
    }

    [Fact]
    public async Task Without_resumption_nothing_but_the_acknowledgements_is_promised()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        await juliet.SendAsync($"<enable xmlns='{Namespace}'/>");

        var enabled = await juliet.ReceiveAsync();
        Assert.True(enabled.Is("enabled", Namespace));
        Assert.Null(enabled.Attribute("resume"));
        Assert.Null(enabled.Attribute("id"));
    }

    [Theory]
    [InlineData("resume='true'", "600")]
    [InlineData("resume='1'", "600")]
    [InlineData("resume='true' max='60'", "60")]
    [InlineData("resume='true' max='100000'", "600")]
    [InlineData("resume='true' max='0'", "600")]
    [InlineData("resume='true' max='-5'", "600")]
    [InlineData("resume='true' max='soon'", "600")]
    public async Task The_client_may_wish_for_less_time_to_resume(string attributes, string max)
    {
        await using var server = await XmppTestServer.StartAsync(options => options.ResumptionLocation = "[2001:db8::1]:5222");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        await juliet.SendAsync($"<enable xmlns='{Namespace}' {attributes}/>");

        var enabled = await juliet.ReceiveAsync();
        Assert.Equal("true", enabled.Attribute("resume"));
        Assert.Equal(max, enabled.Attribute("max"));
        Assert.Equal("[2001:db8::1]:5222", enabled.Attribute("location"));
        Assert.True(enabled.Attribute("id")!.Length >= 22);
    }

    [Fact]
    public async Task Where_resumption_is_off_it_is_not_promised()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.ResumptionTime = TimeSpan.Zero);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        Assert.Equal("", await juliet.ManageAsync());
        var (another, failed) = await server.ResumeAsync("juliet", "some-long-sm-id", 0);
        Assert.True(failed.Is("failed", Namespace));
        Assert.NotNull(failed.Child("feature-not-implemented", Namespaces.StanzaErrors));
        await another.BindAsync("chamber");
    }

    [Fact]
    public async Task A_request_before_it_is_enabled_fails_and_the_stream_goes_on()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        foreach (var element in new[] { $"<r xmlns='{Namespace}'/>", $"<a xmlns='{Namespace}' h='0'/>" })
        {
            await juliet.SendAsync(element);
            var failed = await juliet.ReceiveAsync();
            Assert.True(failed.Is("failed", Namespace));
            Assert.NotNull(failed.Child("unexpected-request", Namespaces.StanzaErrors));
        }

        Assert.NotEqual("", await juliet.ManageAsync());
    }

    [Theory]
    [InlineData("<enable xmlns='urn:xmpp:sm:3'/>")]
    [InlineData("<r xmlns='urn:xmpp:sm:3'/>")]
    [InlineData("<a xmlns='urn:xmpp:sm:3' h='0'/>")]
    public async Task Before_a_resource_is_bound_nothing_can_be_managed(string element)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var juliet = await server.OpenAsync();
        await juliet.AuthenticateAsync("juliet", XmppTestServer.Password);

        await juliet.SendAsync(element);

        var failed = await juliet.ReceiveAsync();
        Assert.True(failed.Is("failed", Namespace));
        Assert.NotNull(failed.Child("unexpected-request", Namespaces.StanzaErrors));
        await juliet.BindAsync("balcony");
    }

    [Theory]
    [InlineData("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")]
    [InlineData("<resume xmlns='urn:xmpp:sm:3' h='0' previd='x'/>")]
    [InlineData("<r xmlns='urn:xmpp:sm:3'/>")]
    [InlineData("<a xmlns='urn:xmpp:sm:3' h='0'/>")]
    public async Task Before_authentication_it_fails_and_ends_the_stream(string element)
    {
        await using var server = await XmppTestServer.StartAsync();
        var anybody = await server.OpenAsync();

        await anybody.SendAsync(element);

        var failed = await anybody.ReceiveAsync();
        Assert.True(failed.Is("failed", Namespace));
        Assert.NotNull(failed.Child("unexpected-request", Namespaces.StanzaErrors));
        await anybody.ExpectStreamErrorAsync("not-authorized");
    }

    [Fact]
    public async Task To_enable_it_twice_ends_the_stream()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ManageAsync();

        await juliet.SendAsync($"<enable xmlns='{Namespace}'/>");

        var failed = await juliet.ReceiveAsync();
        Assert.NotNull(failed.Child("unexpected-request", Namespaces.StanzaErrors));
        await juliet.ExpectStreamErrorAsync("policy-violation");
    }

    [Fact]
    public async Task Stanzas_of_all_kinds_count_and_nothing_else_does()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.SendAsync("<message to='juliet@example.org'><body>before</body></message>");
        await juliet.ManageAsync();
        Assert.Equal(0u, await juliet.HandledAsync());

        await juliet.PresenceAsync();
        await juliet.SendAsync("<message to='nobody@example.org'><body>x</body></message>");
        await juliet.SendAsync("<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>");
        await juliet.SendAsync("   ");
        await juliet.SendAsync("<iq type='get' id='2' to='no one@example.org@x'><ping xmlns='urn:xmpp:ping'/></iq>");

        Assert.Equal(4u, await juliet.HandledAsync());
    }

    [Theory]
    [InlineData("<r xmlns='urn:xmpp:sm:3'/>")]
    [InlineData("<r xmlns=\"urn:xmpp:sm:3\"/>")]
    [InlineData("<r xmlns='urn:xmpp:sm:3'></r>")]
    [InlineData("<sm:r xmlns:sm='urn:xmpp:sm:3'/>")]
    public async Task However_it_is_written_a_request_is_answered(string request)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ManageAsync();

        await juliet.SendAsync(request);

        Assert.Equal("0", (await juliet.ReceiveAsync(static element => element.Is("a", Namespace))).Attribute("h"));
    }

    [Fact]
    public async Task Requests_that_arrive_together_get_one_answer_that_covers_them_all()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ManageAsync();
        const string Stanza = "<iq type='result' id='1' to='example.org'/>";
        const string Request = $"<r xmlns='{Namespace}'/>";

        await juliet.SendAsync(Stanza + Request + Stanza + Request + Stanza + Request);
        Assert.Equal("3", (await juliet.ReceiveAsync()).Attribute("h"));

        await juliet.SendAsync(Stanza + Request);
        Assert.Equal("4", (await juliet.ReceiveAsync()).Attribute("h"));
    }

    [Theory]
    [InlineData("h='1'")]
    [InlineData("h='4294967295'")]
    [InlineData("h='4294967296'")]
    [InlineData("h='-1'")]
    [InlineData("h='+0'")]
    [InlineData("h='many'")]
    [InlineData("h=''")]
    [InlineData("")]
    public async Task Who_claims_more_than_was_sent_loses_the_stream(string count)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ManageAsync();

        await juliet.SendAsync($"<a xmlns='{Namespace}' {count}/>");

        var error = await juliet.ExpectStreamErrorAsync("undefined-condition");
        Assert.Equal("0", error.Child("handled-count-too-high", Namespace)?.Attribute("send-count"));
    }

    [Theory]
    [InlineData("<a xmlns='urn:xmpp:sm:3' h='1'/>")]
    [InlineData("<a xmlns=\"urn:xmpp:sm:3\" h=\"1\"/>")]
    [InlineData("<a h='1' xmlns='urn:xmpp:sm:3'/>")]
    public async Task However_it_is_written_an_acknowledgement_counts(string answer)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();
        await juliet.IqAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>");

        await juliet.SendAsync(answer);
        await juliet.HandledAsync();

        await juliet.DisposeAsync();
        var (again, resumed) = await server.ResumeAsync("juliet", id, 1);
        Assert.True(resumed.Is("resumed", Namespace));
        await again.ExpectNothingAsync();
    }

    [Fact]
    public async Task An_acknowledgement_that_is_behind_the_last_one_changes_nothing()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();
        await juliet.IqAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>");
        await juliet.IqAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>");

        await juliet.SendAsync($"<a xmlns='{Namespace}' h='2'/><a xmlns='{Namespace}' h='1'/><a xmlns='{Namespace}' h='0'/>");

        await juliet.IqAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>");
        await juliet.DisposeAsync();
        var (again, resumed) = await server.ResumeAsync("juliet", id, 2);
        Assert.True(resumed.Is("resumed", Namespace));
        Assert.Equal(["iq", "r"], (await again.ReceiveAllAsync()).Select(static element => element.LocalName));
    }

    [Fact]
    public async Task The_server_asks_after_some_stanzas_and_not_after_each()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await juliet.ManageAsync();

        for (var i = 0; i < 40; i++)
        {
            await romeo.SendAsync("<message to='juliet@example.org/balcony'><body>x</body></message>");
        }

        await romeo.BarrierAsync();
        var all = await juliet.ReceiveAllAsync();
        Assert.Equal(40, all.Count(static element => element.LocalName == "message"));
        Assert.Equal(2, all.Count(static element => element.Is("r", Namespace)));
    }

    [Fact]
    public async Task What_nobody_has_asked_about_is_asked_about_a_beat_later()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ManageAsync();
        await juliet.IqAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>");
        await juliet.ExpectNothingAsync();

        server.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.True((await juliet.ReceiveAsync()).Is("r", Namespace));
    }

    [Fact]
    public async Task A_client_that_owes_an_answer_for_a_minute_has_lost_its_connection_and_may_resume()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();
        await juliet.IqAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>");
        server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True((await juliet.ReceiveAsync()).Is("r", Namespace));

        server.Time.Advance(TimeSpan.FromSeconds(61));

        await juliet.ExpectStreamErrorAsync("connection-timeout");
        var (_, resumed) = await server.ResumeAsync("juliet", id, 1);
        Assert.True(resumed.Is("resumed", Namespace));
    }

    [Fact]
    public async Task A_message_is_acknowledged_when_it_is_committed_and_those_behind_it_wait()
    {
        var store = new HeldOfflineStore();
        await using var server = await XmppTestServer.StartAsync(
            build: builder => builder.Services.AddSingletonStore<IOfflineStore>(store));
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.ManageAsync();

        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>x</body></message>");
        await store.Reached;
        await romeo.SendAsync("<presence/>");
        await romeo.SendAsync($"<r xmlns='{Namespace}'/>");
        await romeo.SendAsync("<iq type='get' id='after'><ping xmlns='urn:xmpp:ping'/></iq>");
        await romeo.ReceiveAsync(static element => element.Attribute("id") == "after");
        await romeo.ReceiveAsync(static element => element.LocalName == "presence");

        store.Release();
        var answer = await romeo.ReceiveAsync();
        Assert.Equal("3", answer.Attribute("h"));
    }

    [Fact]
    public async Task A_commit_that_takes_too_long_does_not_withhold_the_answer()
    {
        var store = new HeldOfflineStore();
        await using var server = await XmppTestServer.StartAsync(
            build: builder => builder.Services.AddSingletonStore<IOfflineStore>(store));
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.ManageAsync();
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>x</body></message>");
        await store.Reached;
        await romeo.SendAsync($"<r xmlns='{Namespace}'/>");
        await romeo.BarrierAsync();

        server.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("0", (await romeo.ReceiveAsync(static element => element.Is("a", Namespace))).Attribute("h"));
        store.Release();
    }

    [Fact]
    public async Task A_message_that_cannot_be_kept_is_given_back_and_counts()
    {
        var store = new HeldOfflineStore();
        await using var server = await XmppTestServer.StartAsync(
            build: builder => builder.Services.AddSingletonStore<IOfflineStore>(store));
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.ManageAsync();
        await romeo.SendAsync("<message id='m' to='juliet@example.org' type='chat'><body>x</body></message>");
        await store.Reached;

        store.Fail(new StorageException("The disk is full."));

        (await romeo.MessageAsync()).IsError("resource-constraint", "wait");
        Assert.Equal(1u, await romeo.HandledAsync());
    }
}
