using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol;
using Parley.Server.Routing;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>Deadlines, with time that the test moves.</summary>
public class TimeoutTests
{
    private const string Header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";

    [Fact]
    public async Task Without_a_header_the_connection_ends_in_time()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.ConnectAsync();
        server.Time.Advance(TimeSpan.FromSeconds(61));
        await client.ExpectStreamErrorAsync("connection-timeout");
    }

    [Fact]
    public async Task Sending_slowly_does_not_extend_the_deadline()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.ConnectAsync();
        foreach (var b in Header[..6])
        {
            await client.SendAsync($"{b}");
            server.Time.Advance(TimeSpan.FromSeconds(10));
        }

        server.Time.Advance(TimeSpan.FromSeconds(1));
        await client.ExpectStreamErrorAsync("connection-timeout");
    }

    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.StartTls)]
    [InlineData(Transport.DirectTls)]
    public async Task Who_is_authenticated_has_to_bind_in_time(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        var client = await server.OpenAsync(transport);
        server.Time.Advance(TimeSpan.FromSeconds(30));
        await client.AuthenticateAsync("alice", XmppTestServer.Password);
        server.Time.Advance(TimeSpan.FromSeconds(31));
        await client.ExpectStreamErrorAsync("connection-timeout");
    }

    [Fact]
    public async Task A_handshake_that_does_not_come_ends_the_connection_without_a_word_in_plaintext()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.OpenAsync();
        await client.SendAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        Assert.Equal("proceed", (await client.ReceiveAsync()).LocalName);
        server.Time.Advance(TimeSpan.FromSeconds(61));
        await client.ExpectEndAsync();
        Assert.DoesNotContain("</stream:stream>", client.Describe(""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handshake_that_does_not_come_on_a_listener_under_TLS_ends_the_connection()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Connect(Transport.DirectTls);
        server.Time.Advance(TimeSpan.FromSeconds(61));
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_bound_stream_may_be_silent_for_ever_by_default()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.LoginAsync("alice@example.org/a");
        server.Time.Advance(TimeSpan.FromHours(10));
        await client.ExpectNothingAsync();
    }

    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.DirectTls)]
    public async Task A_silent_bound_stream_ends_where_the_options_say_so(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync(options => options.IdleTimeout = TimeSpan.FromMinutes(5));
        var client = await server.LoginAsync("alice@example.org/a", transport);
        server.Time.Advance(TimeSpan.FromMinutes(4));
        await client.BarrierAsync();
        server.Time.Advance(TimeSpan.FromMinutes(4));
        await client.ExpectNothingAsync();
        server.Time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));
        await client.ExpectStreamErrorAsync("connection-timeout");
    }

    [Fact]
    public async Task A_client_that_does_not_take_the_error_is_cut_off()
    {
        var signal = new SessionEnd();
        await using var server = await XmppTestServer.StartAsync(build: b => b.Services.AddSingleton<IXmppModule>(signal));
        var client = await server.LoginAsync("alice@example.org/a");
        await client.SendAsync(string.Concat(Enumerable.Repeat($"<iq type='get' id='{new string('x', 1000)}' to='example.org'><x xmlns='urn:x'/></iq>", 200)));
        await client.SendAsync("<unknown/>");
        await signal.Reached;
        Assert.False(client.Connection.IsAborted);
        server.Time.Advance(TimeSpan.FromSeconds(6));
        await client.ServedAsync();
        Assert.True(client.Connection.IsAborted);
    }

    [Fact]
    public async Task Who_sends_faster_than_allowed_is_slowed_down_and_loses_nothing()
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.RateLimits = true;
            options.MaxBytesPerSecond = 1024;
        });
        var client = await server.LoginAsync("alice@example.org/a");
        await client.SendAsync($"<message to='alice@example.org/a'><body>{new string('x', 10_000)}</body></message>");
        await client.MessageAsync();
        await server.Time.WhenDelayedAsync();
        await client.SendAsync("<message to='alice@example.org/a'><body>later</body></message>");
        server.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("later", (await client.MessageAsync()).Body());
    }
}
