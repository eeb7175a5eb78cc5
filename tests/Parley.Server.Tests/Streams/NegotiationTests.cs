using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>What is on offer when, and how it is taken (RFC 6120 §4.3, §5, §6, §7).</summary>
public class NegotiationTests
{
    [Fact]
    public async Task Where_TLS_is_required_it_is_the_only_offer_in_plaintext()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.AllowInsecure = false);
        var client = await server.OpenAsync();
        Assert.Equal(1, client.Features.ChildCount);
        Assert.NotNull(client.Features.Child("starttls", Namespaces.Tls)!.Value.Child("required", Namespaces.Tls));
    }

    [Fact]
    public async Task Where_TLS_is_optional_it_is_offered_beside_authentication()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.OpenAsync();
        Assert.Equal(["starttls", "mechanisms"], Negotiable(client.Features));
        Assert.False(client.Features.Child("starttls", Namespaces.Tls)!.Value.HasChildren);
    }

    [Theory]
    [InlineData(Transport.StartTls)]
    [InlineData(Transport.DirectTls)]
    public async Task Under_TLS_authentication_is_offered_with_channel_binding_first(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync(options => options.AllowInsecure = false);
        var client = await server.OpenAsync(transport);
        Assert.Equal(["mechanisms"], Negotiable(client.Features));
        var mechanisms = Mechanisms(client.Features);
        Assert.StartsWith("SCRAM-", mechanisms[0], StringComparison.Ordinal);
        Assert.Contains("SCRAM-SHA-1", mechanisms);
        Assert.Contains("SCRAM-SHA-256-PLUS", mechanisms);
        Assert.Equal("PLAIN", mechanisms[^1]);
        Assert.True(mechanisms.IndexOf("SCRAM-SHA-256-PLUS") < mechanisms.IndexOf("SCRAM-SHA-256"));
    }

    [Fact]
    public async Task In_plaintext_no_channel_binding_is_offered()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.OpenAsync();
        Assert.DoesNotContain(Mechanisms(client.Features), name => name.EndsWith("-PLUS", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.StartTls)]
    [InlineData(Transport.DirectTls)]
    public async Task After_authentication_only_binding_is_offered(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        var client = await server.OpenAsync(transport);
        await client.AuthenticateAsync("alice", XmppTestServer.Password);
        Assert.Equal(["bind", "session"], Negotiable(client.Features));
        Assert.NotNull(client.Features.Child("session", Namespaces.Session)!.Value.Child("optional", Namespaces.Session));
    }

    [Fact]
    public async Task Each_stream_has_an_id_of_its_own()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        var client = await server.ConnectAsync();
        await client.OpenAsync();
        var ids = new HashSet<string?> { client.Header!.Id };
        await client.StartTlsAsync();
        await client.OpenAsync();
        Assert.True(ids.Add(client.Header!.Id));
        await client.AuthenticateAsync("alice", XmppTestServer.Password);
        Assert.True(ids.Add(client.Header!.Id));
        Assert.True(ids.Add((await server.OpenAsync()).Header!.Id));
    }

    [Theory]
    [InlineData("from='alice@example.org'", "alice@example.org")]
    [InlineData("from='Alice@EXAMPLE.org/desk'", "alice@example.org")]
    [InlineData("from='@@'", null)]
    [InlineData("", null)]
    public async Task Our_header_is_for_the_bare_address_that_theirs_is_from(string from, string? to)
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.ConnectAsync();
        await client.SendAsync(
            $"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0' {from}>");
        Assert.Equal(to, (await client.ReceiveHeaderAsync()).To);
    }

    [Fact]
    public async Task A_whole_negotiation_may_arrive_at_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        const string header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";
        var plain = Convert.ToBase64String("\0alice\0secret"u8);
        var client = await server.ConnectAsync();
        await client.SendAsync(
            $"{header}<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{plain}</auth>{header}"
            + $"<iq type='set' id='b'><bind xmlns='{Namespaces.Bind}'><resource>a</resource></bind></iq>"
            + "<message to='alice@example.org/a'><body>me</body></message>");

        await client.ReceiveHeaderAsync();
        await client.ReceiveAsync();
        Assert.Equal("success", (await client.ReceiveAsync()).LocalName);
        client.ExpectHeader();
        await client.ReceiveHeaderAsync();
        await client.ReceiveAsync();
        (await client.ReceiveAsync()).IsResult();
        Assert.Equal("me", (await client.ReceiveAsync()).Body());
    }

    [Fact]
    public async Task Hosts_have_accounts_of_their_own()
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.Domains.Add("example.org");
            options.Domains.Add("example.net");
        });
        var org = await server.LoginAsync("alice@example.org/a", password: "one");
        var net = await server.LoginAsync("alice@example.net/a", password: "two");
        Assert.Equal("example.net", net.Header!.From);

        await org.SendAsync("<message to='alice@example.net/a'><body>over</body></message>");
        Assert.Equal("alice@example.org/a", (await net.MessageAsync()).Attribute("from"));
    }

    [Theory]
    [InlineData("example.net", "not-authorized")]
    [InlineData("elsewhere.example", "host-unknown")]
    public async Task A_stream_authenticated_at_one_host_is_not_opened_at_another(string to, string condition)
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.Domains.Add("example.org");
            options.Domains.Add("example.net");
        });
        await server.CreateAccountAsync("alice@example.org");
        await server.CreateAccountAsync("alice@example.net");
        var client = await server.OpenAsync();
        await client.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{Convert.ToBase64String("\0alice\0secret"u8)}</auth>");
        Assert.Equal("success", (await client.ReceiveAsync()).LocalName);
        client.ExpectHeader();
        await client.SendHeaderAsync(to);
        await client.ExpectStreamErrorAsync(condition);
    }

    // What is negotiated; features that only inform are of no interest here.
    private static List<string> Negotiable(XmlElement features)
    {
        var names = new List<string>();
        foreach (var feature in features.Children)
        {
            if (feature.LocalName is "starttls" or "mechanisms" or "bind" or "session" or "register")
            {
                names.Add(feature.LocalName);
            }
        }

        return names;
    }

    private static List<string> Mechanisms(XmlElement features)
    {
        var names = new List<string>();
        foreach (var mechanism in features.Child("mechanisms", Namespaces.Sasl)!.Value.Children)
        {
            if (mechanism.LocalName == "mechanism")
            {
                names.Add(mechanism.Text);
            }
        }

        return names;
    }
}
