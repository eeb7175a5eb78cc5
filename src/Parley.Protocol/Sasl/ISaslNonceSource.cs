using System.Security.Cryptography;

namespace Parley.Protocol.Sasl;

/// <summary>Where nonces come from; replaced where a test needs to know them.</summary>
public interface ISaslNonceSource
{
    /// <summary>A fresh unguessable string of letters, digits, <c>-</c> and <c>_</c>.</summary>
    string Next();
}

/// <summary>Nonces of 144 bits from the system's generator.</summary>
public sealed class RandomNonceSource : ISaslNonceSource
{
    private const int Length = 18;

    /// <inheritdoc/>
    public string Next() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Length));
}
