using System.Security.Cryptography;
using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>The arithmetic of RFC 5802 §3, shared by both sides.</summary>
internal static class ScramProof
{
    public static byte[] SaltedPassword(ScramHash hash, string preparedPassword, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(preparedPassword), salt, iterations, hash.Algorithm, hash.Length);

    public static byte[] ClientKey(ScramHash hash, byte[] saltedPassword) => hash.Hmac(saltedPassword, "Client Key"u8);

    public static byte[] ServerKey(ScramHash hash, byte[] saltedPassword) => hash.Hmac(saltedPassword, "Server Key"u8);

    /// <summary>ClientProof from ClientKey, and ClientKey from ClientProof: XOR undoes itself.</summary>
    public static byte[] Masked(byte[] keyOrProof, byte[] clientSignature)
    {
        byte[] result = new byte[keyOrProof.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = (byte)(keyOrProof[i] ^ clientSignature[i]);
        return result;
    }
}
