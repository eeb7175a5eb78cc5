using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Load.Connections;

/// <summary>
/// The keys of SCRAM (RFC 5802 §3), kept per hash, salt and iteration count, so that only an account's first login
/// costs the client a key derivation.
/// </summary>
internal sealed class ScramKeys
{
    private readonly ConcurrentDictionary<(HashAlgorithmName Hash, string Password, string Salt, int Iterations), Pair> _known = new();

    public Pair Get(HashAlgorithmName hash, string password, string salt, int iterations) =>
        _known.GetOrAdd((hash, password, salt, iterations), static key => Derive(key.Hash, key.Password, key.Salt, key.Iterations));

    private static Pair Derive(HashAlgorithmName hash, string password, string salt, int iterations)
    {
        var length = CryptographicOperations.HashData(hash, []).Length;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Convert.FromBase64String(salt), iterations, hash, length);
        return new Pair(
            CryptographicOperations.HmacData(hash, salted, "Client Key"u8),
            CryptographicOperations.HmacData(hash, salted, "Server Key"u8));
    }

    internal sealed record Pair(byte[] Client, byte[] Server);
}
