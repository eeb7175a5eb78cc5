using System.Security.Cryptography;

namespace Parley.Protocol.Sasl;

/// <summary>DIGEST-MD5, client side (RFC 2831), with qop=auth.</summary>
internal sealed class DigestMd5Client(SaslClientContext context, ISaslNonceSource nonces) : ISaslClientMechanism
{
    private string? _rspauth;
    private bool _serverProven;

    public string Name => SaslMechanismNames.DigestMd5;

    public byte[]? Initial() => null;

    public byte[] Step(ReadOnlySpan<byte> challenge)
    {
        if (_rspauth is null)
            return Respond(DigestMd5.Parse(SaslText.Decode(challenge)));
        if (!Proves(challenge))
            throw new SaslException(SaslCondition.NotAuthorized, "the server does not know the password");
        _serverProven = true;
        return [];
    }

    public bool Verify(byte[]? successData) => successData is null ? _serverProven : Proves(successData);

    private byte[] Respond(Dictionary<string, string> challenge)
    {
        string nonce = challenge.GetValueOrDefault("nonce") ?? throw SaslException.Malformed("nonce is missing");
        if (!challenge.GetValueOrDefault("qop", "auth").Split(',').Any(qop => qop.Trim() == "auth"))
            throw SaslException.Malformed("qop=auth is not offered");
        string realm = challenge.GetValueOrDefault("realm", context.Domain);
        string cnonce = nonces.Next();
        string digestUri = $"{context.ServiceName}/{context.Domain}";
        byte[] secret = Md5Credentials.DigestMd5Hash(context.Username!, realm, context.Password!);
        string response = DigestMd5.Response(secret, nonce, cnonce, context.Authzid, digestUri, rspauth: false);
        _rspauth = DigestMd5.Response(secret, nonce, cnonce, context.Authzid, digestUri, rspauth: true);
        string authzid = context.Authzid is { } identity ? $",authzid={DigestMd5.Quote(identity)}" : "";
        return SaslText.Encode(
            $"charset=utf-8,username={DigestMd5.Quote(context.Username!)},realm={DigestMd5.Quote(realm)},nonce={DigestMd5.Quote(nonce)},"
            + $"nc={DigestMd5.FirstUse},cnonce={DigestMd5.Quote(cnonce)},digest-uri={DigestMd5.Quote(digestUri)},response={response},"
            + $"qop=auth{authzid}");
    }

    private bool Proves(ReadOnlySpan<byte> answer) =>
        _rspauth is not null
        && DigestMd5.Parse(SaslText.Decode(answer)).GetValueOrDefault("rspauth") is { } rspauth
        && CryptographicOperations.FixedTimeEquals(SaslText.Encode(rspauth), SaslText.Encode(_rspauth));
}
