using System.Numerics;
using System.Runtime.InteropServices;

namespace Parley.Server.Connections.WebSockets;

/// <summary>The mask of a client's frame (RFC 6455 §5.3).</summary>
public readonly struct WebSocketMask(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes of a masking key.</summary>
    public const int Length = 4;

    private readonly uint _key = MemoryMarshal.Read<uint>(bytes);

    /// <summary>Takes the mask off, or puts it on, where the bytes lie.</summary>
    /// <param name="payload">A part of the frame's payload.</param>
    /// <param name="offset">Where in the payload that part begins.</param>
    public void Apply(Span<byte> payload, long offset)
    {
        var key = KeyAt((int)(offset & (Length - 1)));
        var vector = Vector.AsVectorByte(new Vector<uint>(key));
        while (payload.Length >= Vector<byte>.Count)
        {
            (new Vector<byte>(payload) ^ vector).CopyTo(payload);
            payload = payload[Vector<byte>.Count..];
        }

        while (payload.Length >= Length)
        {
            MemoryMarshal.Write(payload, MemoryMarshal.Read<uint>(payload) ^ key);
            payload = payload[Length..];
        }

        var rest = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(ref key));
        for (var i = 0; i < payload.Length; i++)
        {
            payload[i] ^= rest[i];
        }
    }

    private uint KeyAt(int offset)
    {
        var bits = offset * 8;
        return BitConverter.IsLittleEndian ? BitOperations.RotateRight(_key, bits) : BitOperations.RotateLeft(_key, bits);
    }
}
