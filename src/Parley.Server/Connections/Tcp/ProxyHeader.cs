using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Server.Connections.Tcp;

/// <summary>Reads the header of the PROXY protocol, version 1 or 2, that a proxy puts before the client's bytes: who the client is.</summary>
/// <remarks>Version 2's further fields (TLVs) are passed over. A connection that the proxy opened for itself (LOCAL) and one that it knows nothing of (UNKNOWN, UNSPEC) has no client named.</remarks>
internal static class ProxyHeader
{
    /// <summary>Bytes that a header may have: version 2 with four KiB of addresses and further fields. A proxy that sends certificates along needs about three.</summary>
    internal const int MaxLength = V2FixedLength + MaxV2Length;

    private const int MaxV1Length = 107;
    private const int MaxV2Length = 4096;
    private const int V2FixedLength = 16;
    private const int Tcp4Length = 12;
    private const int Tcp6Length = 36;
    private const int UnixLength = 216;

    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789abcdefABCDEF:.");

    private static ReadOnlySpan<byte> V1Signature => "PROXY "u8;

    private static ReadOnlySpan<byte> V2Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>Reads a header from the first bytes of a connection.</summary>
    /// <param name="bytes">All bytes so far.</param>
    /// <param name="client">The client's address and port; null when none is named.</param>
    /// <returns>The header's length; 0 while it is not there as a whole.</returns>
    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static int Read(ReadOnlySpan<byte> bytes, out IPEndPoint? client)
    {
        client = null;
        return bytes.IsEmpty ? 0
            : Begins(bytes, V1Signature) ? ReadV1(bytes, out client)
            : Begins(bytes, V2Signature) ? ReadV2(bytes, out client)
            : throw new InvalidDataException("there is no PROXY header");
    }

    private static bool Begins(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        var length = Math.Min(bytes.Length, signature.Length);
        return bytes[..length].SequenceEqual(signature[..length]);
    }

    private static int ReadV1(ReadOnlySpan<byte> bytes, out IPEndPoint? client)
    {
        client = null;
        var line = bytes[..Math.Min(bytes.Length, MaxV1Length)];
        var end = line.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return line.Length == MaxV1Length ? throw new InvalidDataException("its line is too long") : 0;
        }

        var parts = Encoding.ASCII.GetString(line[..end]).Split(' ');
        client = parts switch
        {
            ["PROXY", "UNKNOWN", ..] => null,
            ["PROXY", "TCP4" or "TCP6", var source, var destination, var sourcePort, var destinationPort] => ReadV1(
                parts[1] == "TCP4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, source, destination, sourcePort, destinationPort),
            _ => throw new InvalidDataException("its line is malformed"),
        };
        return end + 2;
    }

    private static IPEndPoint ReadV1(AddressFamily family, string source, string destination, string sourcePort, string destinationPort)
    {
        _ = Address(family, destination);
        _ = Port(destinationPort);
        return new IPEndPoint(Address(family, source), Port(sourcePort));
    }

    // As they are written in the protocol: no scopes, brackets, or numbers in other clothes, which the framework would take.
    private static IPAddress Address(AddressFamily family, string text) =>
        !text.AsSpan().ContainsAnyExcept(AddressCharacters)
        && IPAddress.TryParse(text, out var address)
        && address.AddressFamily == family
        && (family == AddressFamily.InterNetworkV6 || address.ToString() == text)
            ? address
            : throw new InvalidDataException("an address in it is malformed");

    private static int Port(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && (text.Length == 1 || text[0] != '0')
            ? port
            : throw new InvalidDataException("a port in it is malformed");

    private static int ReadV2(ReadOnlySpan<byte> bytes, out IPEndPoint? client)
    {
        client = null;
        if (bytes.Length < V2FixedLength)
        {
            return 0;
        }

        var isLocal = bytes[12] switch
        {
            0x20 => true,
            0x21 => false,
            _ => throw new InvalidDataException("its version or command is unknown"),
        };
        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (length > MaxV2Length)
        {
            throw new InvalidDataException("it is too long");
        }

        if (bytes.Length < V2FixedLength + length)
        {
            return 0;
        }

        client = isLocal ? null : Client(bytes[13], bytes.Slice(V2FixedLength, length));
        return V2FixedLength + length;
    }

    private static IPEndPoint? Client(byte family, ReadOnlySpan<byte> addresses) => family switch
    {
        0x00 => null,
        0x11 when addresses.Length >= Tcp4Length => new IPEndPoint(new IPAddress(addresses[..4]), BinaryPrimitives.ReadUInt16BigEndian(addresses[8..])),
        0x21 when addresses.Length >= Tcp6Length => new IPEndPoint(new IPAddress(addresses[..16]), BinaryPrimitives.ReadUInt16BigEndian(addresses[32..])),
        0x31 when addresses.Length >= UnixLength => null,
        _ => throw new InvalidDataException("its addresses are malformed, or not those of a stream"),
    };
}
