using System.Net.WebSockets;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.WebSockets;

/// <summary>The opening handshake, on a real web server (RFC 6455 §4.2, RFC 7395 §3.1, RFC 8441).</summary>
public class HandshakeTests
{
    private const string Open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";

    // RFC 6455 §1.3 has the key and its answer.
    [Fact]
    public async Task A_browser_is_answered_as_the_RFC_says()
    {
        await using var application = await WebSocketApplication.StartAsync();
        var (connection, head) = await application.UpgradeAsync(("Origin", $"http://localhost:{application.Port}"));
        await using var _ = connection;
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Sec-WebSocket-Protocol: xmpp\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Upgrade: websocket\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Connection: Upgrade\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version", "8", 426)]
    [InlineData("Sec-WebSocket-Version", "", 426)]
    [InlineData("Sec-WebSocket-Key", "", 400)]
    [InlineData("Sec-WebSocket-Key", "short", 400)]
    [InlineData("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAA=", 400)]
    [InlineData("Sec-WebSocket-Protocol", "", 400)]
    [InlineData("Sec-WebSocket-Protocol", "chat", 400)]
    [InlineData("Sec-WebSocket-Protocol", "XMPP", 400)]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Upgrade", "h2c", 200)]
    [InlineData("Upgrade", "", 200)]
    public async Task What_is_no_handshake_for_XMPP_is_answered_with_what_is_wrong(string header, string value, int status)
    {
        await using var application = await WebSocketApplication.StartAsync();
        var (connection, head) = await application.UpgradeAsync((header, value));
        await using var _ = connection;
        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Equal(status == 426, head.Contains("Sec-WebSocket-Version: 13\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_of_an_allowed_origin_may_connect()
    {
        await using var application = await WebSocketApplication.StartAsync(web: static options => options.AllowedOrigins.Add("https://chat.example"));
        var (connection, head) = await application.UpgradeAsync(("Origin", "https://chat.example"));
        await using var _ = connection;
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1", false, false)]
    [InlineData("1.1", false, true)]
    [InlineData("1.1", true, false)]
    [InlineData("1.1", true, true)]
    [InlineData("2.0", true, false)]
    [InlineData("2.0", true, true)]
    public async Task Another_client_speaks_XMPP_over_every_version_of_HTTP(string version, bool isSecure, bool handsOver)
    {
        await using var application = await WebSocketApplication.StartAsync(static options => options.SaslMechanisms.Clear(), isSecure: isSecure, handsOver: handsOver);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => application.Certificate.Certificate.Equals(shown);
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("xmpp");
        socket.Options.HttpVersion = Version.Parse(version);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var patience = new CancellationTokenSource(TestClient.Patience);
        await socket.ConnectAsync(new Uri($"{(isSecure ? "wss" : "ws")}://localhost:{application.Port}{WebSocketApplication.Path}"), invoker, patience.Token);
        Assert.Equal("xmpp", socket.SubProtocol);

        await socket.SendAsync(Encoding.UTF8.GetBytes(Open), WebSocketMessageType.Text, true, patience.Token);
        Assert.Equal("open", (await ReceiveAsync(socket, patience.Token)).LocalName);
        Assert.Equal("features", (await ReceiveAsync(socket, patience.Token)).LocalName);
        await socket.SendAsync("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"u8.ToArray(), WebSocketMessageType.Text, true, patience.Token);
        Assert.Equal("close", (await ReceiveAsync(socket, patience.Token)).LocalName);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", patience.Token);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task Over_HTTP_no_channel_binding_is_offered_for_browsers_have_none()
    {
        await using var application = await WebSocketApplication.StartAsync(isSecure: true);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => application.Certificate.Certificate.Equals(shown);
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("xmpp");
        using var patience = new CancellationTokenSource(TestClient.Patience);
        await socket.ConnectAsync(new Uri($"wss://localhost:{application.Port}{WebSocketApplication.Path}"), invoker, patience.Token);
        await socket.SendAsync(Encoding.UTF8.GetBytes(Open), WebSocketMessageType.Text, true, patience.Token);
        await ReceiveAsync(socket, patience.Token);
        var features = await ReceiveAsync(socket, patience.Token);

        var mechanisms = features.Child("mechanisms", Namespaces.Sasl)!.Value.ToText();
        Assert.Contains("SCRAM-SHA-256<", mechanisms, StringComparison.Ordinal);
        Assert.DoesNotContain("-PLUS", mechanisms, StringComparison.Ordinal);
        Assert.Null(features.Child("sasl-channel-binding", "urn:xmpp:sasl-cb:0"));
        socket.Abort();
    }

    private static async Task<XmlElement> ReceiveAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        var result = await socket.ReceiveAsync(buffer, cancellationToken);
        Assert.True(result.EndOfMessage);
        Assert.Equal(WebSocketMessageType.Text, result.MessageType);
        return XmlElement.Parse(buffer.AsMemory(0, result.Count));
    }
}
