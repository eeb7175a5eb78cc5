using System.Buffers.Binary;

namespace Parley.Load.Connections.WebSockets;

/// <summary>Takes the payloads out of a server's frames (RFC 6455 §5.2), text frames also while they are incomplete.</summary>
internal sealed class FrameReader
{
    private const int Ping = 0x9;
    private const int Close = 0x8;
    private const int ControlBit = 0x8;
    private const int TwoBytesFollow = 126;
    private const int EightBytesFollow = 127;
    private long _left;

    /// <summary>Whether the server closes the connection.</summary>
    public bool Closed { get; private set; }

    /// <summary>The payload of the last ping that nobody has answered.</summary>
    public byte[]? Pinged { get; set; }

    /// <summary>Moves all that is complete from <paramref name="raw"/> to <paramref name="elements"/>.</summary>
    public void Take(ReceiveBuffer raw, ReceiveBuffer elements)
    {
        while (true)
        {
            if (_left > 0)
            {
                var part = raw.Unread[..(int)Math.Min(_left, raw.Unread.Length)];
                if (part.IsEmpty)
                    return;
                elements.Append(part);
                _left -= part.Length;
                raw.Consume(part.Length);
                continue;
            }

            if (!TryReadHeader(raw.Unread, out var opcode, out var header, out var length))
                return;
            if ((opcode & ControlBit) != 0)
            {
                if (raw.Unread.Length < header + length)
                    return;
                Control(opcode, raw.Unread.Slice(header, (int)length));
                raw.Consume(header + (int)length);
                continue;
            }

            raw.Consume(header);
            _left = length;
        }
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> bytes, out int opcode, out int header, out long length)
    {
        (opcode, header, length) = (0, 2, 0);
        if (bytes.Length < header)
            return false;
        opcode = bytes[0] & 0x0F;
        length = bytes[1];
        if (length > EightBytesFollow)
            throw new IOException("the server masks its frames");
        header += length switch { TwoBytesFollow => 2, EightBytesFollow => 8, _ => 0 };
        if (bytes.Length < header)
            return false;
        length = length switch
        {
            TwoBytesFollow => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            EightBytesFollow => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            _ => length,
        };
        return true;
    }

    private void Control(int opcode, ReadOnlySpan<byte> payload)
    {
        if (opcode == Close)
            Closed = true;
        else if (opcode == Ping)
            Pinged = payload.ToArray();
    }
}
