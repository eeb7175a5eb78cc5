using System.Text;
using Parley.Protocol;
using Parley.Server.Connections.WebSockets;
using Parley.Server.Tests.Hostile;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.WebSockets;

/// <summary>Frames that hold what no stream takes: the stream ends with an error, and the WebSocket with the RFC's code (RFC 6455 §7.4).</summary>
public class FrameTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    public static TheoryData<Progress, string, string, int> Refused
    {
        get
        {
            var data = new TheoryData<Progress, string, string, int>();
            foreach (var progress in new[] { Progress.Connected, Progress.Opened, Progress.Bound })
            {
                Add(progress, new ClientFrame(WebSocketOpcode.Binary, "<a/>"u8.ToArray()), "bad-format", 1003);
                Add(progress, new ClientFrame((WebSocketOpcode)3, []), "bad-format", 1002);
                Add(progress, new ClientFrame((WebSocketOpcode)0xB, []), "bad-format", 1002);
                Add(progress, ClientFrame.Text("<a/>") with { Mask = null }, "bad-format", 1002);
                Add(progress, ClientFrame.Text("<a/>") with { Reserved = 0x40 }, "bad-format", 1002);
                Add(progress, new ClientFrame(WebSocketOpcode.Continuation, []), "bad-format", 1002);
                Add(progress, new ClientFrame(WebSocketOpcode.Text, [(byte)'<', 0xFF]), "not-well-formed", 1007);
                Add(progress, ClientFrame.Text(new string('x', 300_000)), "policy-violation", 1009);
            }

            return data;

            void Add(Progress progress, ClientFrame frame, string condition, int code) => data.Add(progress, Convert.ToBase64String(frame.Encode()), condition, code);
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_bad_frame_ends_the_stream_and_the_WebSocket(Progress progress, string frame, string condition, int code)
    {
        var client = await hostile.ReachAsync(progress, Transport.WebSocket);
        await client.SendBareAsync(Convert.FromBase64String(frame), ClientFrame.Text(HostileServer.ToWitness).Encode());
        await client.ExpectStreamErrorAsync(condition);
        Assert.Equal(code, client.CloseCode);
        await hostile.NobodyNoticedAsync();
    }

    [Fact]
    public async Task A_continuation_without_end_is_cut_off()
    {
        var client = await hostile.ReachAsync(Progress.Opened, Transport.WebSocket);
        var more = (new ClientFrame(WebSocketOpcode.Continuation, Encoding.UTF8.GetBytes(new string(' ', 1000))) { IsFinal = false }).Encode();
        await client.SendBareAsync([(ClientFrame.Text("<message>") with { IsFinal = false }).Encode(), .. Enumerable.Repeat(more, 9)]);
        await client.ExpectStreamErrorAsync("policy-violation");
        Assert.Equal(1009, client.CloseCode);
    }

    [Fact]
    public async Task A_stanza_in_fragments_with_pings_between_them_is_one()
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.WebSocket);
        await client.SendBareAsync(
            (ClientFrame.Text("<message xmlns='jabber:client' to='mallory@exam") with { IsFinal = false }).Encode(),
            new ClientFrame(WebSocketOpcode.Ping, "one"u8.ToArray()).Encode(),
            (new ClientFrame(WebSocketOpcode.Continuation, "ple.org/m'><bo"u8.ToArray()) { IsFinal = false }).Encode(),
            new ClientFrame(WebSocketOpcode.Ping, "two"u8.ToArray()).Encode(),
            new ClientFrame(WebSocketOpcode.Continuation, "dy>Hi</body></message>"u8.ToArray()).Encode());
        Assert.Equal("Hi", (await client.MessageAsync()).Body());
        await client.BarrierAsync();

        // Of those that came at once only the last one is answered.
        Assert.Equal("two"u8.ToArray(), client.LastPong);
    }

    [Fact]
    public async Task Bytes_that_come_one_at_a_time_are_understood()
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.WebSocket);
        foreach (var b in ClientFrame.Text("<message xmlns='jabber:client' to='mallory@example.org/m'><body>Hi</body></message>").Encode())
        {
            await client.SendBareAsync([b]);
        }

        Assert.Equal("Hi", (await client.MessageAsync()).Body());
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    [InlineData(65_500)]
    [InlineData(200_000)]
    public async Task A_stanza_of_any_size_comes_in_one_message_with_its_namespace(int size)
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.WebSocket);
        var text = new string('x', size);
        await client.SendAsync($"<message xmlns='jabber:client' to='mallory@example.org/m'><body>{text}</body></message>");
        var message = await client.MessageAsync();
        Assert.Equal(text, message.Body());
        Assert.Equal(Namespaces.Client, message.NamespaceUri);
    }

    // Each length where the header of a frame changes its form.
    [Fact]
    public async Task Every_length_around_the_steps_of_a_header_is_written_right()
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.WebSocket);
        foreach (var size in Enumerable.Range(0, 60).Concat(Enumerable.Range(65_536 - 160, 80)))
        {
            var text = new string('x', size);
            await client.SendAsync($"<message xmlns='jabber:client' to='mallory@example.org/m'>{text}</message>");
            Assert.Equal(text, (await client.MessageAsync()).Text);
        }
    }

    [Fact]
    public async Task Pings_of_a_client_that_does_not_read_take_no_memory()
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.WebSocket);
        var ping = new ClientFrame(WebSocketOpcode.Ping, new byte[125]).Encode();
        byte[] many = [.. Enumerable.Repeat(ping, 1000).SelectMany(static frame => frame)];
        for (var i = 0; i < 100; i++)
        {
            await client.SendBareAsync(many);
        }

        // The server has read them all, and is not cut off: it wrote an answer for a read at most.
        await client.BarrierAsync();
    }
}
