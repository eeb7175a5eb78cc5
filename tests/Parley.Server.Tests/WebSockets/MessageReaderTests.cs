using System.Text;
using Parley.Server.Connections.WebSockets;
using Xunit;

namespace Parley.Server.Tests.WebSockets;

/// <summary>What a client sends becomes messages, however it is cut (RFC 6455 §5).</summary>
public class MessageReaderTests
{
    private const int MaxBytes = 100_000;

    public static TheoryData<string, WebSocketCloseCode> Refused => new()
    {
        // Masks, reserved bits, opcodes.
        { Hex(ClientFrame.Text("a") with { Mask = null }), WebSocketCloseCode.ProtocolError },
        { Hex(ClientFrame.Text("a") with { Reserved = 0x10 }), WebSocketCloseCode.ProtocolError },
        { Hex(ClientFrame.Text("a") with { Reserved = 0x20 }), WebSocketCloseCode.ProtocolError },
        { Hex(ClientFrame.Text("a") with { Reserved = 0x40 }), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame((WebSocketOpcode)3, [])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame((WebSocketOpcode)7, [])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame((WebSocketOpcode)0xB, [])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame((WebSocketOpcode)0xF, [])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Binary, [1])), WebSocketCloseCode.UnsupportedData },
        { Hex(new ClientFrame(WebSocketOpcode.Binary, [])), WebSocketCloseCode.UnsupportedData },

        // Lengths.
        { Hex(ClientFrame.Text("a") with { LengthBytes = 2 }), WebSocketCloseCode.ProtocolError },
        { Hex(ClientFrame.Text("a") with { LengthBytes = 8 }), WebSocketCloseCode.ProtocolError },
        { Hex(ClientFrame.Text(new string('a', 65535)) with { LengthBytes = 8 }), WebSocketCloseCode.ProtocolError },
        { "81FF" + "8000000000000000" + "00000000", WebSocketCloseCode.ProtocolError },
        { "81FF" + "7FFFFFFFFFFFFFFF" + "00000000" + "61", WebSocketCloseCode.MessageTooBig },
        { Hex(ClientFrame.Text(new string('a', MaxBytes + 1))), WebSocketCloseCode.MessageTooBig },

        // Control frames.
        { Hex(new ClientFrame(WebSocketOpcode.Ping, []) { IsFinal = false }), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Ping, new byte[126])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Close, [3])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Close, [0x03, 0xE7])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Close, [0x03, 0xEC])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Close, [0x03, 0xED])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Close, [0x03, 0xEE])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Close, [0x03, 0xF7])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Close, [0x07, 0xD0])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Close, [0x13, 0x88])), WebSocketCloseCode.ProtocolError },
        { Hex(new ClientFrame(WebSocketOpcode.Close, [0x03, 0xE8, 0xFF])), WebSocketCloseCode.InvalidPayload },

        // The order of fragments.
        { Hex(new ClientFrame(WebSocketOpcode.Continuation, [0x61])), WebSocketCloseCode.ProtocolError },
        { Hex(ClientFrame.Text("a") with { IsFinal = false }, ClientFrame.Text("b")), WebSocketCloseCode.ProtocolError },
        { Hex(ClientFrame.Text("a") with { IsFinal = false }, new ClientFrame(WebSocketOpcode.Binary, [1])), WebSocketCloseCode.ProtocolError },
        { Hex(ClientFrame.Text("a"), new ClientFrame(WebSocketOpcode.Continuation, [0x61])), WebSocketCloseCode.ProtocolError },

        // Text.
        { Hex(new ClientFrame(WebSocketOpcode.Text, [0xFF])), WebSocketCloseCode.InvalidPayload },
        { Hex(new ClientFrame(WebSocketOpcode.Text, [0xC3])), WebSocketCloseCode.InvalidPayload },
        { Hex(new ClientFrame(WebSocketOpcode.Text, [0xED, 0xA0, 0x80])), WebSocketCloseCode.InvalidPayload },
        { Hex(new ClientFrame(WebSocketOpcode.Text, [0xC3]) { IsFinal = false }, new ClientFrame(WebSocketOpcode.Continuation, [0x28])), WebSocketCloseCode.InvalidPayload },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_no_client_may_send_is_refused_however_it_is_cut(string hex, WebSocketCloseCode code)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(code, Assert.Throws<WebSocketException>(() => Read(bytes, bytes.Length)).Code);
        Assert.Equal(code, Assert.Throws<WebSocketException>(() => Read(bytes, 1)).Code);
    }

    // RFC 6455 §5.7, those that a client sends.
    [Theory]
    [InlineData("818537FA213D7F9F4D5158", "Text:Hello")]
    [InlineData("898537FA213D7F9F4D5158", "Ping:Hello")]
    [InlineData("8A8537FA213D7F9F4D5158", "Pong:Hello")]
    [InlineData("888037FA213D", "Close:")]
    public void The_examples_of_the_RFC_are_read(string hex, string found) =>
        Assert.Equal([found], Read(Convert.FromHexString(hex), hex.Length));

    [Fact]
    public void Fragments_are_joined_and_control_frames_pass_between_them()
    {
        var bytes = Convert.FromHexString(Hex(
            ClientFrame.Text("<mess") with { IsFinal = false },
            new ClientFrame(WebSocketOpcode.Ping, "1"u8.ToArray()),
            new ClientFrame(WebSocketOpcode.Continuation, []) { IsFinal = false },
            new ClientFrame(WebSocketOpcode.Continuation, "age/"u8.ToArray()) { IsFinal = false },
            new ClientFrame(WebSocketOpcode.Pong, []),
            new ClientFrame(WebSocketOpcode.Continuation, ">"u8.ToArray()),
            ClientFrame.Text("<b/>")));
        string[] expected = ["Ping:1", "Pong:", "Text:<message/>", "Text:<b/>"];
        for (var size = 1; size <= bytes.Length; size++)
        {
            Assert.Equal(expected, Read(bytes, size));
        }
    }

    [Fact]
    public void A_character_may_be_cut_between_fragments()
    {
        var bytes = Convert.FromHexString(Hex(
            new ClientFrame(WebSocketOpcode.Text, [0xC3]) { IsFinal = false }, new ClientFrame(WebSocketOpcode.Continuation, [0xA9])));
        Assert.Equal(["Text:é"], Read(bytes, bytes.Length));
    }

    [Fact]
    public void A_continuation_without_end_is_too_big()
    {
        var frame = (new ClientFrame(WebSocketOpcode.Continuation, new byte[1000]) { IsFinal = false }).Encode();
        var bytes = Convert.FromHexString(Hex(ClientFrame.Text("a") with { IsFinal = false })).Concat(Enumerable.Repeat(frame, MaxBytes / 1000).SelectMany(static f => f));
        Assert.Equal(WebSocketCloseCode.MessageTooBig, Assert.Throws<WebSocketException>(() => Read([.. bytes], 4096)).Code);
    }

    [Fact]
    public void A_message_of_the_limit_is_taken()
    {
        var text = new string('a', MaxBytes);
        var bytes = ClientFrame.Text(text).Encode();
        Assert.Equal([$"Text:{text}"], Read(bytes, bytes.Length));
        Assert.Equal([$"Text:{text}"], Read(bytes, 4096));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_frames_cut_in_any_way_give_the_same_messages(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var (bytes, expected) = RandomMessages(random);
            Assert.Equal(expected, ReadCut(bytes, () => random.Next(1, random.Next(2, 2000))));
        }
    }

    private static (byte[] Bytes, List<string> Expected) RandomMessages(Random random)
    {
        var bytes = new List<byte>();
        var expected = new List<string>();
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(0, random.Next(1, 3000))).Select(_ => random.Next(4) == 0 ? "é" : "x"));
            var payload = Encoding.UTF8.GetBytes(text);
            var opcode = WebSocketOpcode.Text;
            for (var at = 0; ;)
            {
                var length = random.Next(3) == 0 ? payload.Length - at : random.Next(0, payload.Length - at + 1);
                var isFinal = at + length == payload.Length && random.Next(4) > 0;
                Add(new ClientFrame(opcode, payload[at..(at + length)]) { IsFinal = isFinal });
                at += length;
                opcode = WebSocketOpcode.Continuation;
                if (isFinal)
                {
                    break;
                }

                if (random.Next(4) == 0)
                {
                    var ping = new byte[random.Next(0, 126)];
                    Add(new ClientFrame(WebSocketOpcode.Ping, ping));
                    expected.Add($"Ping:{Encoding.UTF8.GetString(ping)}");
                }
            }

            expected.Add($"Text:{text}");
        }

        return ([.. bytes], expected);

        void Add(ClientFrame frame)
        {
            var mask = new byte[4];
            random.NextBytes(mask);
            bytes.AddRange((frame with { Mask = mask }).Encode());
        }
    }

    private static string Hex(params ClientFrame[] frames) => string.Concat(frames.Select(static frame => Convert.ToHexString(frame.Encode())));

    private static List<string> Read(byte[] bytes, int size) => ReadCut(bytes, () => size);

    private static List<string> ReadCut(byte[] bytes, Func<int> size)
    {
        using var reader = new WebSocketMessageReader(MaxBytes);
        var found = new List<string>();
        bytes = [.. bytes];
        for (var at = 0; at < bytes.Length;)
        {
            var count = Math.Min(size(), bytes.Length - at);
            var input = bytes.AsSpan(at, count);
            while (reader.Read(ref input, out var payload) is var next && next != WebSocketInput.NeedMore)
            {
                found.Add($"{next}:{Encoding.UTF8.GetString(payload)}");
            }

            Assert.True(input.IsEmpty);
            at += count;
        }

        Assert.False(reader.HasPartial);
        return found;
    }
}
