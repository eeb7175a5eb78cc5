using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol;
using Parley.Server.Connections;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>STARTTLS and what may go wrong with it (RFC 6120 §5).</summary>
public class StartTlsTests
{
    private const string StartTls = $"<starttls xmlns='{Namespaces.Tls}'/>";
    private const string Header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";

    public static TheoryData<string> Injected => new()
    {
        Header,
        $"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>",
        "\n<presence/>",
        "\u0016\u0003\u0001",
    };

    [Theory]
    [MemberData(nameof(Injected))]
    public async Task Plaintext_behind_it_is_never_processed(string injected)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        var client = await server.OpenAsync();
        await client.SendAsync(StartTls + injected);
        Assert.Equal("proceed", (await client.ReceiveAsync()).LocalName);
        await client.ExpectStreamErrorAsync("policy-violation");
    }

    [Fact]
    public async Task White_space_behind_it_is_dropped()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.OpenAsync();
        await client.SendAsync(StartTls + " \r\n\t");
        Assert.Equal("proceed", (await client.ReceiveAsync()).LocalName);
        await client.SecureAsync();
        await client.OpenAsync();
        Assert.Null(client.Features.Child("starttls", Namespaces.Tls));
    }

    [Theory]
    [InlineData(Transport.StartTls)]
    [InlineData(Transport.DirectTls)]
    public async Task Under_TLS_it_is_on_offer_no_more(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.OpenAsync(transport);
        Assert.Null(client.Features.Child("starttls", Namespaces.Tls));
        await client.SendAsync(StartTls);
        await client.ExpectStreamErrorAsync("not-authorized");
    }

    [Fact]
    public async Task Without_a_certificate_it_is_not_offered_and_fails()
    {
        await using var server = await XmppTestServer.StartAsync(build: b => b.Services.AddSingleton<ICertificateSource, NoCertificates>());
        var client = await server.OpenAsync();
        Assert.Null(client.Features.Child("starttls", Namespaces.Tls));
        await client.SendAsync(StartTls);
        Assert.True((await client.ReceiveAsync()).Is("failure", Namespaces.Tls));
        await client.ExpectCloseAsync();
    }

    [Theory]
    [InlineData("this is no handshake at all")]
    [InlineData(Header)]
    public async Task What_is_no_handshake_ends_the_connection_without_a_word_in_plaintext(string input)
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.OpenAsync();
        await client.SendAsync(StartTls);
        Assert.Equal("proceed", (await client.ReceiveAsync()).LocalName);
        await client.SendAsync(input);
        await client.ExpectEndAsync();
        Assert.DoesNotContain("</stream:stream>", client.Describe(""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_negotiated_before_counts_no_more()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        var client = await server.OpenAsync();

        // The first half of an exchange in plaintext, the second under TLS.
        await client.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'/>");
        Assert.Equal("challenge", (await client.ReceiveAsync()).LocalName);
        await client.StartTlsAsync();
        await client.OpenAsync();
        await client.SendAsync($"<response xmlns='{Namespaces.Sasl}'>{Convert.ToBase64String("\0alice\0secret"u8)}</response>");
        var failure = await client.ReceiveAsync();
        Assert.NotNull(failure.Child("malformed-request", Namespaces.Sasl));
    }

    [Fact]
    public async Task A_client_sends_and_receives_much_under_TLS()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.LoginAsync("alice@example.org/a", Transport.StartTls);
        var text = new string('x', 20_000);
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync($"<message to='alice@example.org/a' id='{i}'><body>{text}</body></message>");
            var message = await client.MessageAsync();
            Assert.Equal($"{i}", message.Attribute("id"));
            Assert.Equal(text, message.Body());
        }
    }
}
