using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Connections.WebSockets;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.WebSockets;

/// <summary>A WebSocket that goes on upon the bare connection when its request has ended, on a real web server.</summary>
public class HandoverTests
{
    private static readonly byte[] Open = ClientFrame.Text("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>").Encode();
    private static readonly byte[] Close = ClientFrame.Text("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>").Encode();
    private static readonly byte[] CloseFrame = new ClientFrame(WebSocketOpcode.Close, [0x03, 0xE8]).Encode();

    [Fact]
    public async Task The_request_ends_when_the_stream_begins()
    {
        await using var application = await WebSocketApplication.StartAsync(handsOver: true);
        var (connection, head) = await application.UpgradeAsync();
        await using var _ = connection;
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);

        await application.RequestEnded.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Contains("<open ", await ConverseAsync(connection, Open), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Frames_that_came_with_the_request_are_not_lost()
    {
        await using var application = await WebSocketApplication.StartAsync(handsOver: true);
        var (connection, head) = await application.UpgradeAsync((byte[])[.. Open, .. Close, .. CloseFrame]);
        await using var _ = connection;
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);

        var all = await ReadToEndAsync(connection);
        Assert.Contains("<open ", all, StringComparison.Ordinal);
        Assert.Contains("<close ", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_connection_ends_with_the_stream()
    {
        await using var application = await WebSocketApplication.StartAsync(handsOver: true);
        var (connection, _) = await application.UpgradeAsync();
        await using var __ = connection;
        await ConverseAsync(connection, Open);
        await connection.WriteAsync((byte[])[.. Close, .. CloseFrame], TestContext.Current.CancellationToken);
        Assert.Contains("<close ", await ReadToEndAsync(connection), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_of_the_server_is_told()
    {
        await using var application = await WebSocketApplication.StartAsync(handsOver: true);
        var (connection, _) = await application.UpgradeAsync();
        await using var __ = connection;
        await ConverseAsync(connection, Open);
        application.Services.GetRequiredService<OpenStreams>().TerminateAll(new StreamException(StreamErrorCondition.SystemShutdown));
        var rest = ReadToEndAsync(connection);
        await connection.WriteAsync(CloseFrame, TestContext.Current.CancellationToken);
        Assert.Contains("system-shutdown", await rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_before_it_are_answered_on_the_same_connection()
    {
        await using var application = await WebSocketApplication.StartAsync(handsOver: true);
        var (connection, head) = await application.SendAsync($"POST {WebSocketApplication.Path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        await using var _ = connection;
        Assert.StartsWith($"HTTP/1.1 {StatusCodes.Status405MethodNotAllowed} ", head, StringComparison.Ordinal);
        var second = await application.UpgradeAsync(connection);
        Assert.StartsWith("HTTP/1.1 101 ", second, StringComparison.Ordinal);
        Assert.Contains("<open ", await ConverseAsync(connection, Open), StringComparison.Ordinal);
    }

    // What comes until the features have.
    private static async Task<string> ConverseAsync(Stream connection, byte[] frames)
    {
        await connection.WriteAsync(frames, TestContext.Current.CancellationToken);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().Contains("features>", StringComparison.Ordinal))
        {
            var count = await connection.ReadAsync(buffer).AsTask().WaitAsync(TestClient.Patience);
            Assert.NotEqual(0, count);
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    private static async Task<string> ReadToEndAsync(Stream connection)
    {
        using var reader = new StreamReader(connection, Encoding.Latin1, leaveOpen: true);
        return await reader.ReadToEndAsync().WaitAsync(TestClient.Patience);
    }
}
