using Parley.Server.Connections.WebSockets;
using Parley.Server.Tests.Streams;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.WebSockets;

/// <summary>Who closes what, and who answers (RFC 7395 §3.6, RFC 6455 §7).</summary>
public class ClosingTests
{
    private static readonly byte[] Close3001 = new ClientFrame(WebSocketOpcode.Close, [0x0B, 0xB9, (byte)'x']).Encode();

    [Fact]
    public async Task A_stream_that_the_client_closes_is_closed_and_the_WebSocket_left_to_the_client()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        await alice.SendCloseAsync();
        await alice.ExpectStreamCloseAsync();

        // Its code comes back: the server had sent none before.
        await alice.SendBareAsync(Close3001);
        await alice.ExpectEndAsync();
        Assert.Equal(3001, alice.CloseCode);
        Assert.Empty(server.Get<Server.Connections.OpenStreams>());
    }

    [Fact]
    public async Task Both_closed_at_once_are_closed()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        await alice.SendBareAsync(ClientFrame.Text("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>").Encode(), Close3001);
        await alice.ExpectCloseAsync();
        Assert.Equal(3001, alice.CloseCode);
    }

    [Fact]
    public async Task A_client_that_closed_its_stream_and_nothing_else_is_not_waited_for_long()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        await alice.SendCloseAsync();
        await alice.ExpectStreamCloseAsync();
        await server.Time.WhenDelayedAsync();
        server.Time.Advance(TimeSpan.FromSeconds(3));
        await alice.ExpectEndAsync();
        Assert.Equal(1000, alice.CloseCode);
    }

    [Fact]
    public async Task A_client_that_answers_no_close_frame_is_cut_off()
    {
        await using var server = await XmppTestServer.StartAsync();
        var first = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        first.StopAnswering();
        await server.LoginAsync("alice@example.org/desk");
        var error = await first.ReceiveAsync();
        Assert.Equal("error", error.LocalName);
        await first.ExpectStreamCloseAsync();
        server.Time.Advance(TimeSpan.FromSeconds(6));
        await first.ServedAsync();
        Assert.True(first.Connection.IsAborted);
    }

    [Fact]
    public async Task A_stream_that_the_server_ends_is_closed_with_its_WebSocket()
    {
        await using var server = await XmppTestServer.StartAsync();
        var first = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        await first.ExpectStreamErrorAsync("conflict");
        Assert.Equal(1000, first.CloseCode);
    }

    [Fact]
    public async Task Before_a_stream_is_open_a_client_may_close_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.ConnectAsync(Transport.WebSocket);
        await client.SendCloseAsync();
        await client.SendBareAsync(Close3001);
        await client.ExpectEndAsync();
        Assert.Equal(3001, client.CloseCode);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("03E8", 1000)]
    [InlineData("03E9627965", 1001)]
    public async Task A_WebSocket_that_is_closed_without_its_stream_ends_the_session(string payload, int? code)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        var phone = await server.LoginAsync("alice@example.org/phone");
        await phone.PresenceAsync();
        await alice.PresenceAsync();
        await phone.ReceiveAsync(static element => element.Attribute("from") == "alice@example.org/desk");

        await alice.SendBareAsync(new ClientFrame(WebSocketOpcode.Close, Convert.FromHexString(payload)).Encode());
        await alice.ExpectEndAsync();
        Assert.Equal(code, alice.CloseCode);

        // The available one may have come twice: sent, and asked for.
        await phone.ReceiveAsync(static element => element.Attribute("from") == "alice@example.org/desk" && element.Attribute("type") == "unavailable");
    }

    [Fact]
    public async Task A_session_under_stream_management_outlives_its_WebSocket()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony", Transport.WebSocket);
        var romeo = await server.LoginAsync("romeo@example.org/orchard", Transport.WebSocket);
        var id = await juliet.ManageAsync();
        await romeo.SendAsync("<message to='juliet@example.org/balcony'><body>1</body></message>");
        Assert.Equal("1", (await juliet.MessageAsync()).Body());
        await juliet.SendBareAsync(new ClientFrame(WebSocketOpcode.Close, [0x03, 0xE9]).Encode());
        await juliet.ExpectEndAsync();
        await romeo.SendAsync("<message to='juliet@example.org/balcony'><body>2</body></message>");
        await romeo.ExpectNothingAsync();

        // By another transport, and back.
        var (tcp, resumed) = await server.ResumeAsync("juliet", id, 1);
        Assert.Equal("resumed", resumed.LocalName);
        Assert.Equal("2", (await tcp.MessageAsync()).Body());
        await tcp.DisposeAsync();
        await romeo.SendAsync("<message to='juliet@example.org/balcony'><body>3</body></message>");
        await romeo.ExpectNothingAsync();
        var (again, back) = await server.ResumeAsync("juliet", id, 1, transport: Transport.WebSocket);
        Assert.Equal("resumed", back.LocalName);
        Assert.Equal("2", (await again.MessageAsync()).Body());
        Assert.Equal("3", (await again.MessageAsync()).Body());
        Assert.Equal(0u, await again.HandledAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wss://other.example/xmpp-websocket?a=1&b=2")]
    public async Task A_server_that_stops_says_so_and_where_to_go(string? elsewhere)
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Configure(options => options.ShutdownSeeOtherUri = elsewhere));
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        var stopping = server.StopAsync();
        await alice.ExpectStreamErrorAsync("system-shutdown");
        await stopping;
        Assert.Equal(1001, alice.CloseCode);
        Assert.Equal(elsewhere, alice.SeeOtherUri);
    }

    [Fact]
    public async Task A_session_that_can_be_resumed_after_a_restart_is_left_without_a_word()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        await alice.ManageAsync();
        var stopping = server.StopAsync();
        await alice.ExpectEndAsync();
        await stopping;
        Assert.Equal(1001, alice.CloseCode);
        Assert.Null(alice.SeeOtherUri);
    }

    [Fact]
    public async Task Who_is_to_connect_elsewhere_is_told_so_at_once()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder => builder.Configure(static options => options.SeeOtherUri = "wss://other.example/"));
        var client = await server.ConnectAsync(Transport.WebSocket);
        await client.SendHeaderAsync();
        await client.ExpectCloseAsync();
        Assert.Equal("wss://other.example/", client.SeeOtherUri);
        Assert.Equal(1000, client.CloseCode);
    }
}
