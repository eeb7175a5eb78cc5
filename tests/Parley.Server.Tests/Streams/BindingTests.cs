using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>Resource binding (RFC 6120 §7).</summary>
public class BindingTests
{
    [Fact]
    public async Task A_chosen_resource_is_bound_as_it_is_prepared()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await AuthenticatedAsync(server);
        await client.BindAsync("  &lt;d\u00E9sk&amp;'  ".Trim());
        Assert.Equal("alice@example.org/<d\u00E9sk&'", client.Jid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<required/>")]
    public async Task Without_a_choice_the_server_makes_one_that_nobody_guesses(string inside)
    {
        await using var server = await XmppTestServer.StartAsync();
        var first = await BindAsync(await AuthenticatedAsync(server), inside);
        var second = await BindAsync(await AuthenticatedAsync(server), inside);
        Assert.NotEqual(BoundJid(first), BoundJid(second));
        Assert.True(BoundJid(first).Length >= "alice@example.org/".Length + 16);
    }

    public static TheoryData<string> InvalidResources => new()
    {
        "<resource/>", "<resource>\u0378</resource>", $"<resource>{new string('x', 1024)}</resource>",
        $"<resource>{new string('\u00E9', 512)}</resource>", "<resource>a&#x9;b</resource>", "<resource>\u200B</resource>",
    };

    [Theory]
    [MemberData(nameof(InvalidResources))]
    public async Task An_invalid_resource_is_a_bad_request_and_another_may_be_tried(string inside)
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await AuthenticatedAsync(server);
        (await BindAsync(client, inside)).IsError("bad-request", "modify");
        await client.BindAsync("good");
        Assert.Equal("alice@example.org/good", client.Jid);
    }

    [Fact]
    public async Task A_resource_of_the_most_bytes_is_bound()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await AuthenticatedAsync(server);
        await client.BindAsync(new string('x', 1023));
        Assert.EndsWith("/" + new string('x', 1023), client.Jid, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_one_who_had_the_resource_gets_a_conflict_and_the_new_one_the_messages()
    {
        await using var server = await XmppTestServer.StartAsync();
        var older = await server.LoginAsync("alice@example.org/desk");
        var newer = await server.LoginAsync("alice@example.org/desk", Transport.StartTls);
        await older.ExpectStreamErrorAsync("conflict");

        await newer.SendAsync("<message to='alice@example.org/desk'><body>me</body></message>");
        Assert.Equal("me", (await newer.MessageAsync()).Body());
        await newer.ExpectNothingAsync();
    }

    [Fact]
    public async Task Beyond_the_limit_of_resources_none_is_bound_and_the_others_stay()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.MaxResources = 2);
        var one = await server.LoginAsync("alice@example.org/1");
        var two = await server.LoginAsync("alice@example.org/2");
        var three = await AuthenticatedAsync(server);
        var error = (await BindAsync(three, "<resource>3</resource>")).IsError("resource-constraint", "wait");
        Assert.NotNull(error.Child("resource-limit-exceeded", "urn:xmpp:errors"));
        await one.ExpectNothingAsync();

        // Replacing one is not one more.
        await three.BindAsync("2");
        await two.ExpectStreamErrorAsync("conflict");
    }

    [Fact]
    public async Task A_second_binding_is_not_allowed()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.LoginAsync("alice@example.org/desk");
        (await BindAsync(client, "<resource>other</resource>")).IsError("not-allowed", "cancel");
        await client.ExpectNothingAsync();
    }

    [Fact]
    public async Task Session_establishment_succeeds_and_means_nothing()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.LoginAsync("alice@example.org/desk");
        foreach (var to in new[] { null, "example.org", "alice@example.org" })
        {
            Assert.Null((await client.IqAsync("set", to, $"<session xmlns='{Namespaces.Session}'/>")).IsResult());
        }
    }

    [Theory]
    [InlineData("get", "id='b'", "bad-request", "modify")]
    [InlineData("set", "", "bad-request", "modify")]
    public async Task An_unsound_request_to_bind_is_refused(string type, string id, string condition, string errorType)
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await AuthenticatedAsync(server);
        await client.SendAsync($"<iq type='{type}' {id}><bind xmlns='{Namespaces.Bind}'/></iq>");
        (await client.ReceiveAsync()).IsError(condition, errorType);
    }

    [Fact]
    public async Task Ten_retries_are_allowed_and_no_more()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await AuthenticatedAsync(server);
        for (var i = 0; i < 11; i++)
        {
            (await BindAsync(client, "<resource/>")).IsError("bad-request", "modify");
        }

        await client.ExpectStreamErrorAsync("policy-violation");
    }

    [Fact]
    public async Task The_tenth_retry_may_succeed()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await AuthenticatedAsync(server);
        for (var i = 0; i < 10; i++)
        {
            (await BindAsync(client, "<resource/>")).IsError("bad-request", "modify");
        }

        await client.BindAsync("good");
        Assert.Equal("alice@example.org/good", client.Jid);
    }

    private static async Task<TestClient> AuthenticatedAsync(XmppTestServer server)
    {
        await server.CreateAccountAsync("alice@example.org");
        var client = await server.OpenAsync();
        await client.AuthenticateAsync("alice", XmppTestServer.Password);
        return client;
    }

    private static Task<XmlElement> BindAsync(TestClient client, string inside) =>
        client.IqAsync("set", null, $"<bind xmlns='{Namespaces.Bind}'>{inside}</bind>");

    private static string BoundJid(XmlElement reply) => reply.IsResult()!.Value.Child("jid", Namespaces.Bind)!.Value.Text;
}
