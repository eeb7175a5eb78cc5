using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Protocol.Sasl;

/// <summary>
/// The channel binding types that Parley knows, and the one it can compute.
/// </summary>
/// <remarks>
/// .NET 10 has no TLS keying material exporter (dotnet/runtime issue 112529 asks for one): neither <c>SslStream</c> nor
/// <c>SslApplicationProtocol</c> nor Kestrel's features give the 32 bytes that <c>tls-exporter</c> (RFC 9266) needs. Its
/// <c>TransportContext.GetChannelBinding</c> gives <c>tls-unique</c>, which TLS 1.3 does not define, and the end point hash. So on this
/// platform <c>tls-server-end-point</c> is the binding to offer; the mechanisms take <c>tls-exporter</c> from a TLS stack that has it.
/// </remarks>
public static class TlsChannelBindings
{
    /// <summary>The hash of the server's certificate (RFC 5929 §4).</summary>
    public const string ServerEndPointType = "tls-server-end-point";

    /// <summary>The first Finished message of the handshake (RFC 5929 §3).</summary>
    public const string UniqueType = "tls-unique";

    /// <summary>Keying material of the TLS connection (RFC 9266).</summary>
    public const string ExporterType = "tls-exporter";

    /// <summary>
    /// <c>tls-server-end-point</c> of a server's certificate: its hash by the hash of its signature, or by SHA-256 where that is MD5
    /// or SHA-1. Null where the signature has no such hash, as Ed25519: RFC 5929 leaves that undefined.
    /// </summary>
    /// <exception cref="CryptographicException">The certificate is not readable.</exception>
    public static SaslChannelBinding? ServerEndPoint(X509Certificate2 certificate)
    {
        byte[] der = certificate.RawData;
        return SignatureHash(der) is { } hash
            ? new SaslChannelBinding(ServerEndPointType, CryptographicOperations.HashData(hash, der))
            : null;
    }

    private static HashAlgorithmName? SignatureHash(byte[] der)
    {
        try
        {
            var certificate = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            certificate.ReadEncodedValue();
            var algorithm = certificate.ReadSequence();
            string oid = algorithm.ReadObjectIdentifier();
            return oid == RsaPss ? PssHash(algorithm) : HashOf(oid);
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("The certificate is not DER.", e);
        }
    }

    /// <summary>RSASSA-PSS names its hash in its parameters, SHA-1 where it names none (RFC 4055 §3.1).</summary>
    private static HashAlgorithmName? PssHash(AsnReader algorithm)
    {
        var parameters = algorithm.ReadSequence();
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(tag))
            return HashAlgorithmName.SHA256;
        return HashOf(parameters.ReadSequence(tag).ReadSequence().ReadObjectIdentifier());
    }

    private const string RsaPss = "1.2.840.113549.1.1.10";

    private static HashAlgorithmName? HashOf(string oid) => oid switch
    {
        "1.2.840.113549.1.1.4" // md5WithRSAEncryption
            or "1.2.840.113549.1.1.5" // sha1WithRSAEncryption
            or "1.2.840.10045.4.1" // ecdsa-with-SHA1
            or "1.3.14.3.2.26" // sha1
            or "1.2.840.113549.1.1.11" // sha256WithRSAEncryption
            or "1.2.840.10045.4.3.2" // ecdsa-with-SHA256
            or "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" // sha384WithRSAEncryption
            or "1.2.840.10045.4.3.3" // ecdsa-with-SHA384
            or "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" // sha512WithRSAEncryption
            or "1.2.840.10045.4.3.4" // ecdsa-with-SHA512
            or "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
        _ => null,
    };
}
