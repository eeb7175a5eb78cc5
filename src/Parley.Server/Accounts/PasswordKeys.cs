using System.Text;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Hosting;

namespace Parley.Server.Accounts;

/// <summary>Makes what is stored of a password: the keys that the mechanisms on offer need, and no others.</summary>
/// <remarks>
/// A derivation keeps a processor busy for milliseconds. It runs where it is asked for, which is a thread of the pool like any
/// other, but on half of the processors at most: a flood of new passwords leaves the rest to the messages.
/// </remarks>
public sealed class PasswordKeys(IOptions<XmppServerOptions> options) : IDisposable
{
    private const int MaxPasswordBytes = 1023;
    private readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly int _iterations = options.Value.ScramIterations;
    private readonly string[] _mechanisms = [.. options.Value.SaslMechanisms];

    /// <summary>Derives the keys of a password.</summary>
    /// <exception cref="PasswordRefusedException">The password is empty, too long, or has characters that no password may have.</exception>
    public async ValueTask<StoredCredentials> DeriveAsync(Jid account, string password, CancellationToken cancellationToken)
    {
        Check(password);
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return StoredCredentials.FromPassword(password, _iterations, Hashes()) with
            {
                DigestMd5Hash = Offers(SaslMechanismNames.DigestMd5) ? Md5Credentials.DigestMd5Hash(account.Local!, account.Domain, password) : null,
                CramMd5Contexts = Offers(SaslMechanismNames.CramMd5) ? Md5Credentials.CramMd5Contexts(password) : null,
            };
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    /// <summary>Refuses what cannot be a password (RFC 8265 §4.2).</summary>
    /// <exception cref="PasswordRefusedException">It is empty, over 1,023 bytes, or has characters that no password may have.</exception>
    internal static void Check(string password)
    {
        if (password.Length == 0)
        {
            throw new PasswordRefusedException("The password is empty.");
        }

        if (Encoding.UTF8.GetByteCount(password) > MaxPasswordBytes)
        {
            throw new PasswordRefusedException("The password is longer than 1,023 bytes.");
        }

        if (!Precis.OpaqueString.TryEnforce(password, out _))
        {
            throw new PasswordRefusedException("The password has characters that no password may have.");
        }
    }

    // PLAIN is verified with whatever hash there is; where no SCRAM is on offer it gets one of its own.
    private ScramHash[] Hashes()
    {
        var hashes = new List<ScramHash>(3);
        AddIf(hashes, ScramHash.Sha1, SaslMechanismNames.ScramSha1, SaslMechanismNames.ScramSha1Plus);
        AddIf(hashes, ScramHash.Sha256, SaslMechanismNames.ScramSha256, SaslMechanismNames.ScramSha256Plus);
        AddIf(hashes, ScramHash.Sha512, SaslMechanismNames.ScramSha512, SaslMechanismNames.ScramSha512Plus);
        return hashes.Count > 0 ? [.. hashes] : [ScramHash.Sha256];
    }

    private void AddIf(List<ScramHash> hashes, ScramHash hash, string name, string plus)
    {
        if (Offers(name) || Offers(plus))
        {
            hashes.Add(hash);
        }
    }

    private bool Offers(string mechanism) => _mechanisms.Contains(mechanism, StringComparer.Ordinal);
}
