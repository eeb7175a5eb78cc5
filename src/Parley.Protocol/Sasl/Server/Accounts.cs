using System.Security.Cryptography;
using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>
/// Looks up accounts so that one that does not exist is handled like one whose password is wrong: it has a salt, an iteration
/// count and keys, always the same ones, that no password fits.
/// </summary>
internal sealed class Accounts(SaslServerContext context, ICredentialSource source)
{
    /// <summary>The account of a name as the client sent it.</summary>
    public async ValueTask<Account> FindAsync(string name, CancellationToken cancellationToken)
    {
        string? username = SaslPreparation.Username(name);
        var credentials = username is null ? null : await source.FindAsync(username, cancellationToken).ConfigureAwait(false);
        return new Account(username ?? name, credentials, this);
    }

    public ScramKeys DecoyKeys(ScramHash hash, string username) => new(
        hash,
        Decoy($"salt {hash}", username, ScramKeys.SaltLength),
        context.DefaultIterations,
        Decoy($"stored {hash}", username, hash.Length),
        Decoy($"server {hash}", username, hash.Length));

    public byte[] Decoy(string purpose, string username, int length) =>
        HMACSHA512.HashData(context.DecoySecret.Span, Encoding.UTF8.GetBytes($"{purpose}\0{username}"))[..length];
}

/// <summary>An account that somebody claims to be. The decoys are computed for real accounts as well: same work.</summary>
internal sealed class Account(string username, StoredCredentials? credentials, Accounts accounts)
{
    /// <summary>The prepared localpart.</summary>
    public string Username => username;

    public StoredCredentials? Credentials => credentials;

    /// <summary>The keys of that hash, or decoys, which <paramref name="real"/> tells.</summary>
    public ScramKeys Scram(ScramHash hash, out bool real)
    {
        var decoy = accounts.DecoyKeys(hash, username);
        var keys = credentials?.Scram.FirstOrDefault(k => k.Hash == hash);
        real = keys is not null;
        return keys ?? decoy;
    }

    /// <summary>The keys that PLAIN is verified with: those of the preferred hash, or whatever there is.</summary>
    public ScramKeys Plain(ScramHash preferred, out bool real)
    {
        var keys = Scram(preferred, out real);
        if (real || credentials is not { Scram: [var other, ..] })
            return keys;
        real = true;
        return other;
    }

    /// <summary>A secret of one of the MD5 mechanisms, or a decoy, which <paramref name="real"/> tells.</summary>
    public byte[] Md5(string mechanism, byte[]? stored, int length, out bool real)
    {
        byte[] decoy = accounts.Decoy(mechanism, username, length);
        real = stored is not null && stored.Length == length;
        return real ? stored! : decoy;
    }
}
