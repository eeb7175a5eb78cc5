using System.Buffers.Binary;
using Parley.Server.Connections.WebSockets;

namespace Parley.Server.Tests.WebSockets;

/// <summary>A frame as a client sends it, or as it must not.</summary>
internal sealed record ClientFrame(WebSocketOpcode Opcode, byte[] Payload)
{
    public bool IsFinal { get; init; } = true;

    /// <summary>RSV1 to RSV3 as they stand in the first byte.</summary>
    public byte Reserved { get; init; }

    /// <summary>The masking key; null for a frame without one.</summary>
    public byte[]? Mask { get; init; } = [0x37, 0xFA, 0x21, 0x3D];

    /// <summary>Bytes of the extended length, 0, 2 or 8; null for the shortest form.</summary>
    public int? LengthBytes { get; init; }

    public static ClientFrame Text(string text) => new(WebSocketOpcode.Text, System.Text.Encoding.UTF8.GetBytes(text));

    public byte[] Encode()
    {
        var lengthBytes = LengthBytes ?? (Payload.Length < 126 ? 0 : Payload.Length < 65536 ? 2 : 8);
        var frame = new List<byte>
        {
            (byte)((IsFinal ? 0x80 : 0) | Reserved | (byte)Opcode),
            (byte)((Mask is null ? 0 : 0x80) | (lengthBytes == 0 ? Payload.Length : lengthBytes == 2 ? 126 : 127)),
        };
        var length = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, Payload.Length);
        frame.AddRange(length[(8 - lengthBytes)..]);
        frame.AddRange(Mask ?? []);
        frame.AddRange(Payload.Select((b, i) => Mask is null ? b : (byte)(b ^ Mask[i % 4])));
        return [.. frame];
    }
}
