using System.Security.Cryptography;

namespace Parley.Server.Connections.Bosh;

/// <summary>The sequence of keys that protects a session against requests of somebody who can only read along (XEP-0124 §15).</summary>
public sealed class BoshKeys
{
    private const int MaxKeyLength = SHA1.HashSizeInBytes * 2;
    private byte[]? _expected;

    /// <summary>Checks a request's key, and notes what the next has to hash to. To be asked for each request once, in order.</summary>
    /// <returns>False when the request is not the client's; it must not be handled.</returns>
    public bool TryAdvance(byte[]? key, byte[]? newKey)
    {
        if (_expected is not null && (key is null || !IsPreimage(key, _expected)))
        {
            return false;
        }

        if (newKey is not null)
        {
            // One that is no SHA-1 hash has no preimage: the next request could not be right.
            if (newKey.Length != MaxKeyLength)
            {
                return false;
            }

            _expected = Lower(newKey);
        }
        else if (_expected is not null)
        {
            _expected = Lower(key!);
        }

        return true;
    }

    // What is hashed is the text of the key, not the bytes that it stands for.
    private static bool IsPreimage(byte[] key, byte[] expected)
    {
        if (key.Length > MaxKeyLength)
        {
            return false;
        }

        Span<byte> hex = stackalloc byte[MaxKeyLength];
        return IsHash(key, hex, expected) || IsHash(Lower(key), hex, expected);
    }

    private static bool IsHash(byte[] key, Span<byte> hex, byte[] expected)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The protocol's hash (XEP-0124 §15.3).
        SHA1.HashData(key, hash);
#pragma warning restore CA5350
        return Convert.TryToHexStringLower(hash, hex, out _) && CryptographicOperations.FixedTimeEquals(hex, expected);
    }

    private static byte[] Lower(byte[] key) => Array.ConvertAll(key, static b => b is >= (byte)'A' and <= (byte)'F' ? (byte)(b | 0x20) : b);
}
