using System.Security.Cryptography;
using System.Text;

namespace Parley.Server.Federation;

/// <summary>Makes and checks the keys of server dialback (XEP-0185).</summary>
/// <remarks>
/// Without a configured secret it is random and lives as long as the process: the XEP forbids to fetch it from elsewhere, and a key is needed only for the moment in which
/// a stream is set up. A restart in that moment makes the other side's check fail, and it connects again. Several processes that serve one domain need
/// <see cref="FederationOptions.DialbackSecret"/>, for the one that is asked need not be the one that made the key.
/// </remarks>
public sealed class DialbackKeys
{
    private const int SecretLength = 32;
    private readonly byte[] _hmacKey;

    /// <summary>Makes keys with the configured secret, or a random one.</summary>
    public DialbackKeys(FederationOptions options)
        : this(options.DialbackSecret ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretLength)))
    {
    }

    /// <summary>Makes keys with a secret.</summary>
    internal DialbackKeys(string secret) =>
        _hmacKey = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret))));

    /// <summary>The key for a stream: 64 hexadecimal digits in lower case.</summary>
    /// <param name="receiving">The domain that the stream goes to.</param>
    /// <param name="originating">The domain that it is for: one of ours.</param>
    /// <param name="streamId">The id that the receiving server gave the stream.</param>
    public string Create(string receiving, string originating, string streamId) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_hmacKey, Encoding.UTF8.GetBytes($"{receiving} {originating} {streamId}")));

    /// <summary>Whether a key is the one for a stream. Takes the same time wherever it is wrong; white space around it does not matter.</summary>
    /// <param name="key">The key that came.</param>
    /// <param name="receiving">The domain that asks.</param>
    /// <param name="originating">The domain that is asked: one of ours.</param>
    /// <param name="streamId">The id of the stream that is asked about.</param>
    public bool IsValid(string key, string receiving, string originating, string streamId) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(key.Trim()), Encoding.ASCII.GetBytes(Create(receiving, originating, streamId)));
}
