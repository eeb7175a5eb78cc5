namespace Parley.Protocol.Sasl;

/// <summary>PLAIN, server side (RFC 4616). The password is checked against SCRAM keys, with one derivation.</summary>
internal sealed class PlainServer(SaslServerContext context, Accounts accounts) : ServerMechanism(SaslMechanismNames.Plain, context)
{
    protected override async ValueTask<SaslServerStep> NextAsync(byte[] message, CancellationToken cancellationToken)
    {
        if (SaslText.Decode(message).Split('\0') is not [var authzid, { Length: > 0 } username, { Length: > 0 } password])
            throw SaslException.Malformed("expected authzid, NUL, username, NUL, password");
        RequireOwnIdentity(authzid, username);
        var account = await accounts.FindAsync(username, cancellationToken).ConfigureAwait(false);
        var keys = account.Plain(Context.DefaultHash, out bool real);
        return Outcome(keys.Verify(password) & real, account.Credentials, account.Username);
    }
}
