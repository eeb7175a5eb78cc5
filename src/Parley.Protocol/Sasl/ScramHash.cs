using System.Security.Cryptography;

namespace Parley.Protocol.Sasl;

/// <summary>The hash of a SCRAM mechanism (RFC 5802, RFC 7677).</summary>
public enum ScramHash
{
    Sha1,
    Sha256,
    Sha512,
}

internal static class ScramHashes
{
    extension(ScramHash hash)
    {
        public HashAlgorithmName Algorithm => hash switch
        {
            ScramHash.Sha1 => HashAlgorithmName.SHA1,
            ScramHash.Sha256 => HashAlgorithmName.SHA256,
            ScramHash.Sha512 => HashAlgorithmName.SHA512,
            _ => throw new ArgumentOutOfRangeException(nameof(hash)),
        };

        /// <summary>Bytes in a digest.</summary>
        public int Length => hash switch
        {
            ScramHash.Sha1 => SHA1.HashSizeInBytes,
            ScramHash.Sha256 => SHA256.HashSizeInBytes,
            ScramHash.Sha512 => SHA512.HashSizeInBytes,
            _ => throw new ArgumentOutOfRangeException(nameof(hash)),
        };

        public byte[] Digest(ReadOnlySpan<byte> data) => CryptographicOperations.HashData(hash.Algorithm, data);

        public byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data) => CryptographicOperations.HmacData(hash.Algorithm, key, data);
    }
}
