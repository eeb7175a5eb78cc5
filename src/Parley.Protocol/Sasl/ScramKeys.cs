using System.Security.Cryptography;

namespace Parley.Protocol.Sasl;

/// <summary>
/// What a server keeps of a password for one hash (RFC 5802 §3): enough to verify a proof, not enough to make one.
/// </summary>
/// <param name="Hash">The hash of the mechanism.</param>
/// <param name="Salt">The salt, told to whoever asks to authenticate.</param>
/// <param name="Iterations">PBKDF2 rounds.</param>
/// <param name="StoredKey">H(ClientKey), as long as the digest.</param>
/// <param name="ServerKey">The key that the server proves itself with, as long as the digest.</param>
public sealed record ScramKeys(ScramHash Hash, byte[] Salt, int Iterations, byte[] StoredKey, byte[] ServerKey)
{
    /// <summary>Bytes of salt in keys made by <see cref="Create"/>.</summary>
    public const int SaltLength = 16;

    /// <summary>Keys for a new password, under a fresh random salt.</summary>
    /// <exception cref="ArgumentException">The password is empty or cannot be prepared (RFC 8265 §4.2).</exception>
    public static ScramKeys Create(ScramHash hash, string password, int iterations) =>
        Derive(hash, password, RandomNumberGenerator.GetBytes(SaltLength), iterations);

    /// <summary>The keys of a password under a given salt. Costs <paramref name="iterations"/> rounds of PBKDF2, on the calling thread.</summary>
    /// <exception cref="ArgumentException">The password is empty or cannot be prepared (RFC 8265 §4.2).</exception>
    public static ScramKeys Derive(ScramHash hash, string password, byte[] salt, int iterations)
    {
        string prepared = SaslPreparation.Password(password)
            ?? throw new ArgumentException("The password is empty or has characters that no password may have.", nameof(password));
        byte[] salted = ScramProof.SaltedPassword(hash, prepared, salt, iterations);
        return new ScramKeys(
            hash,
            salt,
            iterations,
            hash.Digest(ScramProof.ClientKey(hash, salted)),
            ScramProof.ServerKey(hash, salted));
    }

    /// <summary>
    /// Whether this is the password of these keys. Costs one derivation, whatever the answer; false for a password that
    /// cannot be prepared.
    /// </summary>
    public bool Verify(string password)
    {
        if (SaslPreparation.Password(password) is not { } prepared)
            return false;
        byte[] salted = ScramProof.SaltedPassword(Hash, prepared, Salt, Iterations);
        return CryptographicOperations.FixedTimeEquals(Hash.Digest(ScramProof.ClientKey(Hash, salted)), StoredKey);
    }
}
