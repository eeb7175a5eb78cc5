using System.Security.Cryptography;

namespace Parley.Protocol.Sasl;

/// <summary>CRAM-MD5, server side (RFC 2195).</summary>
internal sealed class CramMd5Server(SaslServerContext context, Accounts accounts, ISaslNonceSource nonces)
    : ServerMechanism(SaslMechanismNames.CramMd5, context)
{
    private const int DigestLength = 32;
    private byte[] _challenge = [];

    protected override bool ServerFirst => true;

    protected override byte[] FirstChallenge() => _challenge = SaslText.Encode($"<{nonces.Next()}@{Context.Domain}>");

    protected override async ValueTask<SaslServerStep> NextAsync(byte[] message, CancellationToken cancellationToken)
    {
        string text = SaslText.Decode(message);
        int space = text.LastIndexOf(' ');
        if (space < 1 || text.Length - space - 1 != DigestLength || text.Contains('\0', StringComparison.Ordinal))
            throw SaslException.Malformed("expected username, space, digest");
        var account = await accounts.FindAsync(text[..space], cancellationToken).ConfigureAwait(false);
        byte[] contexts = account.Md5(Name, account.Credentials?.CramMd5Contexts, Md5Credentials.CramContextsLength, out bool real);
        string expected = Md5Credentials.CramMd5Digest(contexts, _challenge);
        bool proven = CryptographicOperations.FixedTimeEquals(SaslText.Encode(text[(space + 1)..]), SaslText.Encode(expected)) & real;
        return Outcome(proven, account.Credentials, account.Username);
    }
}
