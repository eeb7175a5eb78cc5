using System.Security.Cryptography;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <summary>The secret behind the salts of accounts that do not exist: made once, kept in the store, so that a restart betrays nothing (RFC 5802 §9).</summary>
public sealed class DecoySecret(ISettingStore settings)
{
    private const int Length = 32;
    private ReadOnlyMemory<byte> _secret;

    public async ValueTask<ReadOnlyMemory<byte>> GetAsync(CancellationToken cancellationToken)
    {
        if (_secret.IsEmpty)
        {
            _secret = await settings.GetOrAddAsync("sasl-decoy", static () => RandomNumberGenerator.GetBytes(Length), cancellationToken);
        }

        return _secret;
    }
}
