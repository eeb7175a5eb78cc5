using System.Buffers.Binary;
using System.Numerics;

namespace Parley.Protocol.Sasl;

/// <summary>
/// The MD5 of RFC 1321, begun at any state: the platform's cannot be, and CRAM-MD5 without a stored password needs it.
/// </summary>
internal static class Md5State
{
    public const int Length = 16;
    public const int BlockLength = 64;

    private static ReadOnlySpan<byte> Shifts => [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    /// <summary>The state after one block from the beginning.</summary>
    public static byte[] AfterBlock(ReadOnlySpan<byte> block)
    {
        uint[] state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
        Compress(state, block);
        return Bytes(state);
    }

    /// <summary>The digest of a message of which one block has already gone into the state.</summary>
    public static byte[] Finish(ReadOnlySpan<byte> stateBytes, ReadOnlySpan<byte> rest)
    {
        uint[] state = new uint[4];
        for (int i = 0; i < state.Length; i++)
            state[i] = BinaryPrimitives.ReadUInt32LittleEndian(stateBytes[(4 * i)..]);

        // Padding: a one bit, zeroes, and the length in bits in the last eight bytes.
        byte[] padded = new byte[(rest.Length + 8) / BlockLength * BlockLength + BlockLength];
        rest.CopyTo(padded);
        padded[rest.Length] = 0x80;
        BinaryPrimitives.WriteInt64LittleEndian(padded.AsSpan(padded.Length - 8), 8L * (BlockLength + rest.Length));
        for (int at = 0; at < padded.Length; at += BlockLength)
            Compress(state, padded.AsSpan(at, BlockLength));
        return Bytes(state);
    }

    private static void Compress(uint[] state, ReadOnlySpan<byte> block)
    {
        uint a = state[0], b = state[1], c = state[2], d = state[3];
        for (int i = 0; i < 64; i++)
        {
            (uint f, int word) = (i / 16) switch
            {
                0 => ((b & c) | (~b & d), i),
                1 => ((d & b) | (~d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | ~d), 7 * i % 16),
            };
            uint constant = (uint)(long)(Math.Abs(Math.Sin(i + 1)) * 4294967296.0);
            uint sum = a + f + constant + BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * word)..]);
            (a, d, c, b) = (d, c, b, b + BitOperations.RotateLeft(sum, Shifts[(4 * (i / 16)) + (i % 4)]));
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
    }

    private static byte[] Bytes(uint[] state)
    {
        byte[] bytes = new byte[Length];
        for (int i = 0; i < state.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), state[i]);
        return bytes;
    }
}
