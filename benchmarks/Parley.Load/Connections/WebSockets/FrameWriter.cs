using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Parley.Load.Connections.WebSockets;

/// <summary>
/// Puts a client's frame around what is written between begin and end (RFC 6455 §5.2): one frame per message, masked with a key that is
/// another one each time, as a browser does.
/// </summary>
internal sealed class FrameWriter(int seed)
{
    public const byte Text = 0x81;
    public const byte Close = 0x88;
    public const byte Pong = 0x8A;

    private const byte Masked = 0x80;
    private const int KeyLength = 4;
    private const int LongHeader = 4 + KeyLength;
    private const int MostInOneByte = 125;
    private const byte TwoBytesFollow = 126;
    private uint _key = ((uint)seed + 1) * 2654435769;

    /// <summary>Leaves the place of the header that most messages need.</summary>
    public static void Begin(OutgoingBytes bytes)
    {
        bytes.ElementStart = bytes.Count;
        bytes.GetSpan(LongHeader);
        bytes.Advance(LongHeader);
    }

    /// <summary>Masks what was written since and writes the header before it.</summary>
    public void End(OutgoingBytes bytes, byte firstByte = Text)
    {
        var frame = bytes.From(bytes.ElementStart);
        var payload = frame[LongHeader..];
        var length = payload.Length;
        Mask(payload, NextKey());
        frame[0] = firstByte;
        if (length > MostInOneByte)
        {
            frame[1] = Masked | TwoBytesFollow;
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], checked((ushort)length));
            MemoryMarshal.Write(frame[4..], _key);
            return;
        }

        frame[1] = (byte)(Masked | length);
        MemoryMarshal.Write(frame[2..], _key);
        payload.CopyTo(frame[(LongHeader - 2)..]);
        bytes.Shorten(2);
    }

    private static void Mask(Span<byte> payload, uint key)
    {
        var wide = MemoryMarshal.Cast<byte, ulong>(payload);
        var wideKey = ((ulong)key << 32) | key;
        for (var i = 0; i < wide.Length; i++)
            wide[i] ^= wideKey;
        for (var i = wide.Length * sizeof(ulong); i < payload.Length; i++)
            payload[i] ^= (byte)(key >> (8 * (i % KeyLength)));
    }

    // Marsaglia's xorshift: the key only has to differ, there is no cache to be protected here.
    private uint NextKey()
    {
        _key ^= _key << 13;
        _key ^= _key >> 17;
        return _key ^= _key << 5;
    }
}
