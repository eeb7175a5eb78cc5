using System.Buffers.Binary;

namespace Parley.Server.Connections.WebSockets;

/// <summary>Writes frames in front of what they carry (RFC 6455 §5.2), unmasked as a server's are.</summary>
internal static class WebSocketFrameWriter
{
    private const int ShortHeader = 2;

    // Most stanzas have 126 bytes or more, and fewer than 64 Ki.
    private const int UsualHeader = 4;
    private const int LongHeader = 10;
    private const int MaxShort = 125;
    private const byte Final = 0x80;
    private const byte Compressed = 0x40;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    /// <summary>Leaves room for a header; the message's bytes are written behind it.</summary>
    /// <returns>What <see cref="End"/> takes.</returns>
    internal static int Begin(PendingBytes output)
    {
        var start = output.Count;
        output.GetSpan(UsualHeader);
        output.Advance(UsualHeader);
        return start;
    }

    /// <summary>Writes the header of the text message that began at <paramref name="start"/>.</summary>
    /// <param name="output">Where the message is the last that was written.</param>
    /// <param name="start">What <see cref="Begin"/> gave.</param>
    /// <param name="isCompressed">Whether the message is compressed.</param>
    internal static void End(PendingBytes output, int start, bool isCompressed = false)
    {
        var length = output.Count - start - UsualHeader;
        var size = length <= MaxShort ? ShortHeader : length <= ushort.MaxValue ? UsualHeader : LongHeader;
        if (size != UsualHeader)
        {
            output.Move(start + UsualHeader, size - UsualHeader);
        }

        var first = (byte)(Final | (isCompressed ? Compressed : 0) | (byte)WebSocketOpcode.Text);
        WriteHeader(output.WrittenFrom(start), first, length);
    }

    /// <summary>The message that began at <paramref name="start"/>, as far as it is written.</summary>
    internal static Span<byte> Message(PendingBytes output, int start) => output.WrittenFrom(start + UsualHeader);

    /// <summary>A control frame.</summary>
    /// <param name="opcode">Close, ping or pong.</param>
    /// <param name="payload">125 bytes at most.</param>
    internal static byte[] Control(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[ShortHeader + payload.Length];
        WriteHeader(frame, (byte)(Final | (byte)opcode), payload.Length);
        payload.CopyTo(frame.AsSpan(ShortHeader));
        return frame;
    }

    /// <summary>A close frame with a code and without a reason.</summary>
    internal static byte[] Close(WebSocketCloseCode code)
    {
        Span<byte> payload = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        return Control(WebSocketOpcode.Close, payload);
    }

    private static void WriteHeader(Span<byte> span, byte first, int length)
    {
        span[0] = first;
        if (length <= MaxShort)
        {
            span[1] = (byte)length;
        }
        else if (length <= ushort.MaxValue)
        {
            span[1] = Length16;
            BinaryPrimitives.WriteUInt16BigEndian(span[2..], (ushort)length);
        }
        else
        {
            span[1] = Length64;
            BinaryPrimitives.WriteUInt64BigEndian(span[2..], (ulong)length);
        }
    }
}
