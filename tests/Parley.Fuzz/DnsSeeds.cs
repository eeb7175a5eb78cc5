using System.Net;
using Parley.Server.Federation.Dns;

namespace Parley.Fuzz;

/// <summary>What the fuzzer begins with: messages as servers write them, and the pieces that go wrong best.</summary>
public static class DnsSeeds
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static IReadOnlyList<byte[]> Messages { get; } =
    [
        new DnsMessage { Id = 1, Name = "_xmpp-server._tcp.example.org", Type = DnsType.Srv, UdpSize = 1232 }.ToBytes(),
        new DnsMessage
        {
            Id = 2, IsResponse = true, IsRecursive = true, Name = "a.example.org", Type = DnsType.A,
            Answers =
            [
                new DnsAlias("a.example.org", Hour, "b.example.org"), new DnsAddress("b.example.org", Hour, IPAddress.Loopback),
                new DnsAddress("b.example.org", Hour, IPAddress.IPv6Loopback), new DnsService("b.example.org", Hour, 1, 2, 5269, ""),
            ],
            Authorities = [new DnsZoneStart("example.org", Hour, Hour)],
        }.ToBytes(),

        // Compressed, as servers do: owner and target point at the question.
        Convert.FromHexString(
            "12348180000100020000000105" + "5f786d7070045f746370076578616d706c65036f726700" + "00210001"
            + "c00c0021000100000010000a" + "000a0005149501" + "78c017" + "c00c00050001000000100002c017" + "0000290200000000000000"),
        Convert.FromHexString("000186830001000000010000" + "0161036f726700" + "00010001" + "c00e000600010000003c0018" + "c00cc00c" + "0000000100000002000000030000000400000005" + "0000"),
    ];

    public static IReadOnlyList<byte[]> Pieces { get; } =
    [
        [0xC0, 0x0C], [0xC0, 0x00], [0xFF, 0xFF], [0x00], [0x3F], [0x40], [0x80], [0xC0], [0x00, 0x01, 0x00, 0x01], [0x00, 0x21, 0x00, 0x01],
        [0x00, 0x06, 0x00, 0x01], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0x00, 0x00, 0x00], [0x00, 0x04], [0x00, 0x10],
        [0x3F, .. Enumerable.Repeat((byte)'a', 63)],
    ];
}
