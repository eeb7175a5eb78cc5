namespace Parley.Protocol.Sasl;

/// <summary>
/// What a server keeps of one account's password. The password itself is not among it. The MD5 values are as good as the
/// password for their own mechanism and domain, so keep them only where an old client needs them.
/// </summary>
/// <param name="Scram">Keys, one per hash; SCRAM with a hash that is missing fails like a wrong password.</param>
/// <param name="DigestMd5Hash">From <see cref="Md5Credentials.DigestMd5Hash"/>; null keeps the account away from DIGEST-MD5.</param>
/// <param name="CramMd5Contexts">From <see cref="Md5Credentials.CramMd5Contexts"/>; null keeps the account away from CRAM-MD5.</param>
public sealed record StoredCredentials(
    IReadOnlyList<ScramKeys> Scram, byte[]? DigestMd5Hash = null, byte[]? CramMd5Contexts = null)
{
    /// <summary>
    /// Why the account may not log in although its password is right, such as <see cref="SaslCondition.AccountDisabled"/> or
    /// <see cref="SaslCondition.CredentialsExpired"/>. Told only to who has proven the password.
    /// </summary>
    public SaslCondition? Refusal { get; init; }

    /// <summary>SCRAM keys of a new password, one per hash, each under its own salt.</summary>
    /// <exception cref="ArgumentException">The password is empty or cannot be prepared (RFC 8265 §4.2).</exception>
    public static StoredCredentials FromPassword(string password, int iterations, params ReadOnlySpan<ScramHash> hashes)
    {
        var keys = new ScramKeys[hashes.Length];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = ScramKeys.Create(hashes[i], password, iterations);
        return new StoredCredentials(keys);
    }
}

/// <summary>Where a server finds what it keeps of a password.</summary>
public interface ICredentialSource
{
    /// <summary>The credentials of an account, or null where there is none.</summary>
    /// <param name="username">
    /// The localpart, already prepared as one (RFC 7622 §3.3): compare it octet by octet with the localparts of stored accounts.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<StoredCredentials?> FindAsync(string username, CancellationToken cancellationToken);
}
