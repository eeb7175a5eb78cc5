using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parley.Protocol.Sasl;
using Xunit;

namespace Parley.Protocol.Tests.Sasl;

public sealed class TlsChannelBindingsTests
{
    [Theory]
    [InlineData("RSA", "SHA256", "SHA256")]
    [InlineData("RSA", "SHA384", "SHA384")]
    [InlineData("RSA", "SHA512", "SHA512")]
    [InlineData("PSS", "SHA256", "SHA256")]
    [InlineData("PSS", "SHA384", "SHA384")]
    [InlineData("PSS", "SHA512", "SHA512")]
    [InlineData("ECDSA", "SHA256", "SHA256")]
    [InlineData("ECDSA", "SHA384", "SHA384")]
    [InlineData("ECDSA", "SHA512", "SHA512")]
    public void Hashes_the_certificate_as_its_signature_does(string key, string signatureHash, string bindingHash)
    {
        using var certificate = SelfSigned(key, new HashAlgorithmName(signatureHash));
        var binding = TlsChannelBindings.ServerEndPoint(certificate)!;

        Assert.Equal("tls-server-end-point", binding.Type);
        Assert.Equal(CryptographicOperations.HashData(new HashAlgorithmName(bindingHash), certificate.RawData), binding.Data.ToArray());
    }

    [Theory]
    [InlineData("300D06092A864886F70D0101040500", "SHA256")] // md5WithRSAEncryption
    [InlineData("300D06092A864886F70D0101050500", "SHA256")] // sha1WithRSAEncryption
    [InlineData("300906072A8648CE3D0401", "SHA256")] // ecdsa-with-SHA1
    [InlineData("300D06092A864886F70D01010A3000", "SHA256")] // RSASSA-PSS with its defaults: SHA-1
    [InlineData("300506032B6570", null)] // Ed25519
    public void Old_and_odd_signatures(string algorithm, string? bindingHash)
    {
        using var rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=example.com", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = DateTimeOffset.UnixEpoch;
        using var certificate = request.Create(
            request.SubjectName, new UnsignedGenerator(request.PublicKey, Convert.FromHexString(algorithm)), now, now.AddYears(100), [1]);

        byte[]? expected = bindingHash is null
            ? null
            : CryptographicOperations.HashData(new HashAlgorithmName(bindingHash), certificate.RawData);
        Assert.Equal(expected, TlsChannelBindings.ServerEndPoint(certificate)?.Data.ToArray());
    }

    private static X509Certificate2 SelfSigned(string key, HashAlgorithmName hash)
    {
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key == "ECDSA"
            ? new CertificateRequest("CN=example.com", ecdsa, hash)
            : new CertificateRequest("CN=example.com", rsa, hash, key == "PSS" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
        var now = DateTimeOffset.UnixEpoch;
        return request.CreateSelfSigned(now, now.AddYears(100));
    }

    /// <summary>Writes any algorithm into a certificate, with a signature that nobody looks at.</summary>
    private sealed class UnsignedGenerator(PublicKey key, byte[] algorithm) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => algorithm;

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => [0];

        protected override PublicKey BuildPublicKey() => key;
    }
}
