using System.Security.Cryptography;

namespace Parley.Protocol.Sasl;

/// <summary>
/// DIGEST-MD5, server side (RFC 2831), with qop=auth and without subsequent authentication. The proof of the server goes out as a
/// challenge, to be answered with nothing, as clients of that age expect it.
/// </summary>
internal sealed class DigestMd5Server(SaslServerContext context, Accounts accounts, ISaslNonceSource nonces)
    : ServerMechanism(SaslMechanismNames.DigestMd5, context)
{
    private string _nonce = "";
    private SaslSuccess? _success;

    protected override bool ServerFirst => true;

    protected override byte[] FirstChallenge()
    {
        _nonce = nonces.Next();
        return SaslText.Encode(
            $"realm={DigestMd5.Quote(Context.Domain)},nonce={DigestMd5.Quote(_nonce)},qop=\"auth\",charset=utf-8,algorithm=md5-sess");
    }

    protected override async ValueTask<SaslServerStep> NextAsync(byte[] message, CancellationToken cancellationToken)
    {
        if (_success is not null)
            return message.Length == 0 ? _success : throw SaslException.Malformed("expected an empty response");

        var directives = DigestMd5.Parse(SaslText.Decode(message));
        string username = Required(directives, "username");
        string nonce = Required(directives, "nonce");
        string cnonce = Required(directives, "cnonce");
        string digestUri = Required(directives, "digest-uri");
        string response = Required(directives, "response");
        if (Required(directives, "nc") != DigestMd5.FirstUse)
            throw SaslException.Malformed("a nonce is for one use");
        if (directives.GetValueOrDefault("qop", "auth") != "auth")
            throw SaslException.Malformed("qop is auth");
        if (!directives.GetValueOrDefault("charset", "utf-8").Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            throw SaslException.Malformed("charset is utf-8");
        string? authzid = directives.GetValueOrDefault("authzid");
        RequireOwnIdentity(authzid, username);

        var account = await accounts.FindAsync(username, cancellationToken).ConfigureAwait(false);
        byte[] secret = account.Md5(Name, account.Credentials?.DigestMd5Hash, Md5State.Length, out bool real);
        string expected = DigestMd5.Response(secret, nonce, cnonce, authzid, digestUri, rspauth: false);
        bool proven = CryptographicOperations.FixedTimeEquals(SaslText.Encode(response), SaslText.Encode(expected))
            & CryptographicOperations.FixedTimeEquals(SaslText.Encode(nonce), SaslText.Encode(_nonce))
            & directives.GetValueOrDefault("realm", "") == Context.Domain
            & IsThisService(digestUri)
            & real;
        var outcome = Outcome(proven, account.Credentials, account.Username);
        _success = outcome as SaslSuccess;
        if (_success is null)
            return outcome;
        string answer = DigestMd5.Response(secret, nonce, cnonce, authzid, digestUri, rspauth: true);
        return new SaslChallenge(SaslText.Encode($"rspauth={answer}"));
    }

    private bool IsThisService(string digestUri) =>
        digestUri.Equals($"{Context.ServiceName}/{Context.Domain}", StringComparison.OrdinalIgnoreCase);

    private static string Required(Dictionary<string, string> directives, string name) =>
        directives.GetValueOrDefault(name) is { Length: > 0 } value ? value : throw SaslException.Malformed($"{name} is missing");
}
