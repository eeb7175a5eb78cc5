namespace Parley.Protocol.Sasl;

/// <summary>EXTERNAL, server side (RFC 4422 appendix A, XEP-0178): the certificate has already said who the peer is.</summary>
internal sealed class ExternalServer(SaslServerContext context) : ServerMechanism(SaslMechanismNames.External, context)
{
    protected override ValueTask<SaslServerStep> NextAsync(byte[] message, CancellationToken cancellationToken)
    {
        string authzid = SaslText.Decode(message);
        if (authzid.Contains('\0', StringComparison.Ordinal))
            throw SaslException.Malformed("NUL in a message");
        string jid = authzid.Length == 0 ? OnlyJid() : Context.CertificateJids.FirstOrDefault(j => Same(j, authzid)) ?? throw Refused();
        return new ValueTask<SaslServerStep>(new SaslSuccess(Identity(jid) ?? throw Refused()));
    }

    /// <summary>A certificate that speaks for several leaves it to the client to choose (XEP-0178 §2).</summary>
    private string OnlyJid() => Context.CertificateJids is [var only] ? only : throw Refused();

    private bool Same(string certified, string claimed) =>
        certified.Equals(claimed, StringComparison.OrdinalIgnoreCase)
        || (LocalpartHere(certified) is { } localpart && localpart == LocalpartHere(claimed));

    private string? Identity(string jid) => jid.Contains('@', StringComparison.Ordinal) ? LocalpartHere(jid) : jid.ToLowerInvariant();

    private static SaslException Refused() => new(SaslCondition.InvalidAuthzid);
}
