using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Tests.Federation;

/// <summary>An authority that issues what a test asks for.</summary>
internal sealed class TestAuthority : IDisposable
{
    internal const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    internal const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private readonly ECDsa _key;
    private readonly DateTimeOffset _now;

    internal TestAuthority(string name = "Test authority", TestAuthority? issuer = null, DateTimeOffset? notAfter = null, string? usage = null, DateTimeOffset? now = null)
    {
        _now = now ?? DateTimeOffset.UtcNow;
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        }

        var (from, to) = (_now.AddDays(-30), notAfter ?? _now.AddDays(30));
        Certificate = issuer is null ? request.CreateSelfSigned(from, to) : request.Create(issuer.Certificate.SubjectName, issuer.Signer, from, to, Serial());
    }

    internal X509Certificate2 Certificate { get; }

    private X509SignatureGenerator Signer => X509SignatureGenerator.CreateForECDsa(_key);

    /// <summary>Issues a certificate, with its private key.</summary>
    /// <param name="names">The subjectAltName: <c>dns:</c>, <c>srv:</c>, <c>xmpp:</c>, <c>ip:</c>, or <c>other:</c>, separated by spaces; empty for none.</param>
    /// <param name="notBefore">When it begins, in days from now.</param>
    /// <param name="notAfter">When it ends.</param>
    /// <param name="usages">Its extended key usages; null for none.</param>
    /// <param name="commonName">Its common name.</param>
    internal X509Certificate2 Issue(string names, int notBefore = -1, int notAfter = 1, string[]? usages = null, string commonName = "x")
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Request(names, usages, commonName, key).Create(Certificate.SubjectName, Signer, _now.AddDays(notBefore), _now.AddDays(notAfter), Serial());
        return certificate.CopyWithPrivateKey(key);
    }

    internal static X509Certificate2 SelfSigned(string names, int notAfter = 1) =>
        Request(names, null, "x", ECDsa.Create(ECCurve.NamedCurves.nistP256)).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(notAfter));

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static byte[] Serial() => [1, .. RandomNumberGenerator.GetBytes(15)];

    private static CertificateRequest Request(string names, string[]? usages, string commonName, ECDsa key)
    {
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        if (names.Length > 0)
        {
            request.CertificateExtensions.Add(new X509Extension("2.5.29.17", Names(names), false));
        }

        if (usages is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. usages.Select(static usage => new Oid(usage))], false));
        }

        return request;
    }

    private static byte[] Names(string names)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var name in names.Split(' '))
            {
                var (kind, text) = (name[..name.IndexOf(':')], name[(name.IndexOf(':') + 1)..]);
                switch (kind)
                {
                    case "dns":
                        writer.WriteCharacterString(UniversalTagNumber.IA5String, text, new Asn1Tag(TagClass.ContextSpecific, 2));
                        break;
                    case "ip":
                        writer.WriteOctetString(System.Net.IPAddress.Parse(text).GetAddressBytes(), new Asn1Tag(TagClass.ContextSpecific, 7));
                        break;
                    case "email":
                        writer.WriteCharacterString(UniversalTagNumber.IA5String, text, new Asn1Tag(TagClass.ContextSpecific, 1));
                        break;
                    case "srv":
                        WriteOther(writer, "1.3.6.1.5.5.7.8.7", UniversalTagNumber.IA5String, text);
                        break;
                    case "xmpp":
                        WriteOther(writer, "1.3.6.1.5.5.7.8.5", UniversalTagNumber.UTF8String, text);
                        break;
                    case "badxmpp":
                        WriteOther(writer, "1.3.6.1.5.5.7.8.5", UniversalTagNumber.IA5String, text);
                        break;
                    default:
                        WriteOther(writer, "1.2.3.4", UniversalTagNumber.UTF8String, text);
                        break;
                }
            }
        }

        return writer.Encode();
    }

    private static void WriteOther(AsnWriter writer, string type, UniversalTagNumber kind, string text)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        using (writer.PushSequence(tag))
        {
            writer.WriteObjectIdentifier(type);
            using (writer.PushSequence(tag))
            {
                writer.WriteCharacterString(kind, text);
            }
        }
    }
}
