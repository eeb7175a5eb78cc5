using System.IO.Compression;
using System.Text;
using Parley.Protocol;
using Parley.Server.Connections.WebSockets;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.WebSockets;

/// <summary>permessage-deflate (RFC 7692): each message by itself, what the server sends only after authentication, limits behind inflating.</summary>
public class CompressionTests
{
    private const string Browser = "permessage-deflate; client_max_window_bits";
    private static readonly string Long = $"<message xmlns='jabber:client' to='alice@example.org/desk'><body>{new string('x', 2000)}</body></message>";

    [Fact]
    public async Task It_is_used_both_ways_once_the_client_is_authenticated()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        var alice = server.Connect(Transport.WebSocket, extensions: Browser);
        await alice.OpenAsync();
        Assert.Equal(0, alice.CompressedMessages);
        await alice.AuthenticateAsync("alice", XmppTestServer.Password);
        await alice.BindAsync("desk");
        var before = alice.CompressedMessages;

        await alice.SendBareAsync(Compressed(Long));
        Assert.Equal(2000, (await alice.MessageAsync()).Body()!.Length);
        Assert.Equal(before + 1, alice.CompressedMessages);

        // In fragments: only the first one is marked.
        var frame = new ClientFrame(WebSocketOpcode.Text, Deflate(Long));
        await alice.SendBareAsync(
            (frame with { Payload = frame.Payload[..10], IsFinal = false, Reserved = 0x40 }).Encode(),
            new ClientFrame(WebSocketOpcode.Continuation, frame.Payload[10..]).Encode());
        Assert.Equal(2000, (await alice.MessageAsync()).Body()!.Length);

        // And what is not compressed is taken as well.
        await alice.SendAsync(Long);
        Assert.Equal(2000, (await alice.MessageAsync()).Body()!.Length);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("permessage-deflate", true)]
    [InlineData(Browser, true)]
    [InlineData("x-webkit-deflate-frame, permessage-deflate; server_no_context_takeover; client_no_context_takeover", true)]
    [InlineData("permessage-deflate; server_max_window_bits=15; client_max_window_bits=\"10\"", true)]
    [InlineData("permessage-deflate; server_max_window_bits=10", false)]
    [InlineData("permessage-deflate; server_max_window_bits=10, permessage-deflate", true)]
    [InlineData("permessage-deflate; server_max_window_bits", false)]
    [InlineData("permessage-deflate; client_max_window_bits=16", false)]
    [InlineData("permessage-deflate; client_no_context_takeover=1", false)]
    [InlineData("permessage-deflate; server_no_context_takeover; server_no_context_takeover", false)]
    [InlineData("permessage-deflate; unknown", false)]
    [InlineData("permessage-bzip2", false)]
    public async Task An_offer_is_agreed_to_when_it_can_be_kept(string? extensions, bool isAgreed)
    {
        await using var server = await StartAsync();
        var client = server.Connect(Transport.WebSocket, extensions: extensions);
        await client.SendBareAsync(Compressed("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>"));
        if (isAgreed)
        {
            Assert.Equal("example.org", (await client.ReceiveHeaderAsync()).From);
        }
        else
        {
            await client.ExpectStreamErrorAsync("bad-format");
            Assert.Equal(1002, client.CloseCode);
        }
    }

    [Fact]
    public async Task Unless_it_is_turned_on_there_is_none()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Connect(Transport.WebSocket, extensions: Browser);
        await client.SendBareAsync(Compressed("<a/>"));
        await client.ExpectStreamErrorAsync("bad-format");
        Assert.Equal(1002, client.CloseCode);
    }

    [Theory]
    [InlineData(8 * 1024, false)]
    [InlineData(256 * 1024, true)]
    [InlineData(100 * 1024 * 1024, true)]
    public async Task What_is_too_big_when_inflated_ends_the_stream(int size, bool isAuthenticated)
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        var client = server.Connect(Transport.WebSocket, extensions: Browser);
        await client.OpenAsync();
        if (isAuthenticated)
        {
            await client.AuthenticateAsync("alice", XmppTestServer.Password);
        }

        await client.SendBareAsync(Compressed($"<message>{new string(' ', size)}</message>"));
        await client.ExpectStreamErrorAsync("policy-violation");
        Assert.Equal(1009, client.CloseCode);
    }

    [Fact]
    public async Task What_is_no_such_data_ends_the_stream()
    {
        await using var server = await StartAsync();
        var client = server.Connect(Transport.WebSocket, extensions: Browser);
        await client.OpenAsync();
        await client.SendBareAsync((ClientFrame.Text("<message/>") with { Reserved = 0x40 }).Encode());
        await client.ExpectStreamErrorAsync("not-well-formed");
        Assert.Equal(1007, client.CloseCode);
    }

    // RFC 7692 §7.2.3: "Hello", compressed in several ways.
    [Theory]
    [InlineData("C107F248CDC9C90700")]
    [InlineData("C10B000500FAFF48656C6C6F00")]
    [InlineData("C108F348CDC9C9070000")]
    [InlineData("C10DF24805000000FFFFCAC9C90700")]
    [InlineData("4103F248CD" + "8004C9C90700")]
    public void The_examples_of_the_RFC_are_read(string hex)
    {
        // The RFC's frames are a server's; a client's are masked, here with zeros.
        var frames = Convert.FromHexString(hex);
        var masked = new List<byte>();
        for (var at = 0; at < frames.Length;)
        {
            var length = frames[at + 1];
            masked.AddRange([frames[at], (byte)(0x80 | length), 0, 0, 0, 0, .. frames.AsSpan(at + 2, length)]);
            at += 2 + length;
        }

        using var reader = new WebSocketMessageReader(1000, allowsCompression: true);
        Span<byte> input = masked.ToArray();
        Assert.Equal(WebSocketInput.Text, reader.Read(ref input, out var payload));
        Assert.Equal("Hello", Encoding.UTF8.GetString(payload));
    }

    private static Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(build: static builder => builder.Configure(static options => options.Compression = true));

    private static byte[] Compressed(string text) => (new ClientFrame(WebSocketOpcode.Text, Deflate(text)) { Reserved = 0x40 }).Encode();

    private static byte[] Deflate(string text)
    {
        using var output = new MemoryStream();
        using var deflater = new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true);
        deflater.Write(Encoding.UTF8.GetBytes(text));
        deflater.Flush();
        return output.ToArray()[..^4];
    }
}
