using System.Security.Cryptography;
using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>What the two MD5 mechanisms need instead of a password.</summary>
public static class Md5Credentials
{
    internal const int CramContextsLength = 2 * Md5State.Length;

    /// <summary>H(username ":" realm ":" password) of DIGEST-MD5 (RFC 2831 §2.1.2.1): 16 bytes.</summary>
    /// <param name="username">The prepared localpart, which is also what the client has to send.</param>
    /// <param name="realm">The domain.</param>
    /// <param name="password">The password.</param>
    /// <exception cref="ArgumentException">The password is empty or cannot be prepared (RFC 8265 §4.2).</exception>
    public static byte[] DigestMd5Hash(string username, string realm, string password) => MD5.HashData(
        [.. LatinIfPossible(username), (byte)':', .. SaslText.Encode(realm), (byte)':', .. LatinIfPossible(Prepared(password))]);

    /// <summary>
    /// The inner and the outer MD5 state after the key's first block (RFC 2104 §4): 32 bytes, from which the password cannot be read.
    /// </summary>
    /// <exception cref="ArgumentException">The password is empty or cannot be prepared (RFC 8265 §4.2).</exception>
    public static byte[] CramMd5Contexts(string password)
    {
        byte[] key = SaslText.Encode(Prepared(password));
        if (key.Length > Md5State.BlockLength)
            key = MD5.HashData(key);
        return [.. Md5State.AfterBlock(Pad(key, 0x36)), .. Md5State.AfterBlock(Pad(key, 0x5c))];
    }

    /// <summary>The digest that answers a CRAM-MD5 challenge, in lower-case hexadecimal.</summary>
    internal static string CramMd5Digest(ReadOnlySpan<byte> contexts, ReadOnlySpan<byte> challenge)
    {
        byte[] inner = Md5State.Finish(contexts[..Md5State.Length], challenge);
        return Convert.ToHexStringLower(Md5State.Finish(contexts[Md5State.Length..], inner));
    }

    private static byte[] Pad(byte[] key, byte pad)
    {
        byte[] block = new byte[Md5State.BlockLength];
        key.CopyTo(block, 0);
        for (int i = 0; i < block.Length; i++)
            block[i] ^= pad;
        return block;
    }

    /// <summary>RFC 2831 §2.1.2.1: what fits into ISO 8859-1 is hashed in it, so that hashes can be shared with HTTP.</summary>
    private static byte[] LatinIfPossible(string text) =>
        text.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF') ? SaslText.Encode(text) : Encoding.Latin1.GetBytes(text);

    private static string Prepared(string password) => SaslPreparation.Password(password)
        ?? throw new ArgumentException("The password is empty or has characters that no password may have.", nameof(password));
}
