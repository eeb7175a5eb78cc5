using System.Net;
using Parley.Server.Federation.Dns;
using Xunit;

namespace Parley.Server.Tests.Federation.Dns;

/// <summary>The codec: what is written reads back, what servers write is read, and what nobody should write is refused.</summary>
public sealed class DnsMessageTests
{
    // As a server writes it: the answer's owner points at the question, its target at the question's end (RFC 1035 §4.1.4).
    private const string Compressed =
        "1234 8180 0001 0001 0000 0000" +
        " 0c 5f786d70702d736572766572 04 5f746370 07 6578616d706c65 03 6f7267 00 0021 0001" +
        " c00c 0021 0001 00000e10 000e 000a 0005 1495 04 786d7070 c01e 00";

    [Fact]
    public void Compressed_names_are_read()
    {
        var bytes = Hex(Compressed);
        // The target is xmpp and a pointer to example.org: 6 + 1 + 4 + 2 bytes.
        bytes[FindLength(bytes)] = 13;

        var message = DnsMessage.Parse(bytes.AsSpan(0, bytes.Length - 1));

        Assert.Equal("_xmpp-server._tcp.example.org", message.Name);
        Assert.Equal(
            new DnsService("_xmpp-server._tcp.example.org", TimeSpan.FromHours(1), 10, 5, 5269, "xmpp.example.org"), Assert.Single(message.Answers));
    }

    [Fact]
    public void A_record_of_any_other_length_than_its_content_is_refused() => Assert.Throws<DnsFormatException>(() => DnsMessage.Parse(Hex(Compressed)));

    [Fact]
    public void What_is_written_reads_back()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var message = RandomMessage(random);

            var read = DnsMessage.Parse(message.ToBytes());

            Assert.Equal((message.Id, message.IsResponse, message.IsAuthoritative, message.IsRecursive), (read.Id, read.IsResponse, read.IsAuthoritative, read.IsRecursive));
            Assert.Equal((message.Name, message.Type, message.ResponseCode, message.IsTruncated), (read.Name, read.Type, read.ResponseCode, read.IsTruncated));
            Assert.Equal(message.IsTruncated ? [] : message.Answers, read.Answers);
            Assert.Equal(message.IsTruncated ? [] : message.Authorities, read.Authorities);
        }
    }

    [Fact]
    public void Every_message_cut_short_is_refused()
    {
        var random = new Random(8);
        for (var i = 0; i < 100; i++)
        {
            var message = RandomMessage(random);
            if (message.IsTruncated)
            {
                continue;
            }

            var bytes = message.ToBytes();
            for (var length = 0; length < bytes.Length - (message.UdpSize > 0 ? 11 : 0); length++)
            {
                Assert.Throws<DnsFormatException>(() => DnsMessage.Parse(bytes.AsSpan(0, length)));
            }
        }
    }

    [Fact]
    public void Any_bytes_are_a_message_or_refused()
    {
        var random = new Random(9);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = RandomMessage(random).ToBytes();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                // What could be read can be written, and reads the same.
                var read = DnsMessage.Parse(bytes);
                var again = DnsMessage.Parse(read.ToBytes());
                Assert.Equal(read.Answers, again.Answers);
                Assert.Equal(read.Name, again.Name);
            }
            catch (DnsFormatException)
            {
            }
        }
    }

    [Theory]
    [InlineData("a pointer at itself", "0001 8180 0001 0000 0000 0000 c00c 0001 0001")]
    [InlineData("a pointer forwards", "0001 8180 0001 0000 0000 0000 c00e 0001 00 0001 0001")]
    [InlineData("two pointers at each other", "0001 8180 0001 0001 0000 0000 00 0001 0001 0161 c015 0001 0001 00000000 0004 c011c011")]
    [InlineData("a label and a pointer back at it", "0001 8180 0001 0000 0000 0000 0161 c00c 0001 0001")]
    [InlineData("a pointer into the message's header that never ends", "ffff 8180 0001 0000 0000 0000 c000 0001 0001")]
    [InlineData("a label of an unknown kind", "0001 8180 0001 0000 0000 0000 40 00 0001 0001")]
    [InlineData("a dot in a label", "0001 8180 0001 0000 0000 0000 03 612e62 00 0001 0001")]
    [InlineData("a NUL in a label", "0001 8180 0001 0000 0000 0000 03 610062 00 0001 0001")]
    [InlineData("no question", "0001 8180 0000 0000 0000 0000")]
    [InlineData("two questions", "0001 8180 0002 0000 0000 0000 00 0001 0001 00 0001 0001")]
    [InlineData("65,535 answers that are not there", "0001 8180 0001 ffff 0000 0000 00 0001 0001")]
    [InlineData("510 answers that are not there", "0001 8180 0001 01fe 0000 0000 00 0001 0001")]
    [InlineData("an address of five bytes", "0001 8180 0001 0001 0000 0000 00 0001 0001 00 0001 0001 00000000 0005 0102030405")]
    [InlineData("a record longer than the message", "0001 8180 0001 0001 0000 0000 00 0001 0001 00 0063 0001 00000000 ffff 01")]
    [InlineData("a name beyond its record", "0001 8180 0001 0001 0000 0000 00 0001 0001 00 0005 0001 00000000 0001 0161 00")]
    [InlineData("another class", "0001 8180 0001 0000 0000 0000 00 0001 0003")]
    [InlineData("an update", "0001 a980 0001 0000 0000 0000 00 0001 0001")]
    public void Hostile_messages_are_refused(string what, string hex) => Assert.True(
        Record.Exception(() => DnsMessage.Parse(Hex(hex))) is DnsFormatException, what);

    [Fact]
    public void A_name_longer_than_255_bytes_by_pointers_is_refused()
    {
        // Each record's owner is a label of 63 bytes and a pointer to the one before.
        var bytes = new List<byte>(Hex("0001 8180 0001 0005 0000 0000 00 0001 0001"));
        var previous = 12;
        for (var i = 0; i < 5; i++)
        {
            var start = bytes.Count;
            bytes.Add(63);
            bytes.AddRange(Enumerable.Repeat((byte)'a', 63));
            bytes.AddRange([(byte)(0xC0 | (previous >> 8)), (byte)previous, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]);
            previous = start;
        }

        Assert.Contains("too long", Assert.Throws<DnsFormatException>(() => DnsMessage.Parse(bytes.ToArray())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_of_other_types_and_what_is_behind_them_do_not_matter()
    {
        var message = DnsMessage.Parse(Hex("0001 8180 0001 0002 0000 0000 00 0001 0001 00 0010 0001 00000000 0002 0161 00 0001 0001 80000001 0004 7f000001 ffffff"));

        Assert.Equal(new DnsAddress("", TimeSpan.Zero, IPAddress.Loopback), Assert.Single(message.Answers));
    }

    [Theory]
    [InlineData("Example.ORG.", "example.org")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("_xmpp-server._tcp.example.org", "_xmpp-server._tcp.example.org")]
    [InlineData("", "")]
    public void Names_are_ASCII_in_lower_case(string text, string expected)
    {
        Assert.True(DnsName.TryParse(text, out var name));
        Assert.Equal(expected, name);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a b")]
    [InlineData("a\\.b")]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890123.org")]
    public void What_is_no_name_is_refused(string text) => Assert.False(DnsName.TryParse(text, out _));

    [Fact]
    public void A_name_of_254_characters_is_refused() =>
        Assert.False(DnsName.TryParse(string.Join('.', Enumerable.Repeat(new string('a', 50), 5)), out _));

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));

    private static int FindLength(byte[] bytes) => bytes.AsSpan().LastIndexOf(Hex("0e10 000e")) + 3;

    private static DnsMessage RandomMessage(Random random) => new()
    {
        Id = (ushort)random.Next(65536),
        IsResponse = random.Next(2) == 0,
        IsAuthoritative = random.Next(2) == 0,
        IsRecursive = random.Next(2) == 0,
        IsTruncated = random.Next(10) == 0,
        ResponseCode = (DnsResponseCode)random.Next(16),
        UdpSize = (ushort)(random.Next(2) == 0 ? 1232 : 0),
        Name = RandomName(random),
        Type = (DnsType)random.Next(65536),
        Answers = [.. Enumerable.Range(0, random.Next(5)).Select(_ => RandomRecord(random))],
        Authorities = [.. Enumerable.Range(0, random.Next(3)).Select(_ => RandomRecord(random))],
    };

    private static DnsRecord RandomRecord(Random random)
    {
        var (owner, timeToLive) = (RandomName(random), TimeSpan.FromSeconds(random.Next()));
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return random.Next(5) switch
        {
            0 => new DnsAddress(owner, timeToLive, new IPAddress(bytes.AsSpan(0, 4))),
            1 => new DnsAddress(owner, timeToLive, new IPAddress(bytes)),
            2 => new DnsAlias(owner, timeToLive, RandomName(random)),
            3 => new DnsService(owner, timeToLive, (ushort)random.Next(65536), (ushort)random.Next(65536), (ushort)random.Next(65536), RandomName(random)),
            _ => new DnsZoneStart(owner, timeToLive, TimeSpan.FromSeconds(random.Next())),
        };
    }

    private static string RandomName(Random random) =>
        string.Join('.', Enumerable.Range(0, random.Next(5)).Select(_ => new string(random.GetItems("abcxyz019-_*".AsSpan(), random.Next(1, 40)))));
}
