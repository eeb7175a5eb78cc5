using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>ANONYMOUS, server side (RFC 4505, XEP-0175). The client's trace information is checked and forgotten.</summary>
internal sealed class AnonymousServer(SaslServerContext context, ISaslNonceSource nonces)
    : ServerMechanism(SaslMechanismNames.Anonymous, context)
{
    private const int MaxTraceLength = 255;

    protected override ValueTask<SaslServerStep> NextAsync(byte[] message, CancellationToken cancellationToken)
    {
        string trace = SaslText.Decode(message);
        if (trace.EnumerateRunes().Count() > MaxTraceLength || trace.EnumerateRunes().Any(Rune.IsControl))
            throw SaslException.Malformed("not trace information");
        string username = "anonymous-" + nonces.Next().ToLowerInvariant();
        return new ValueTask<SaslServerStep>(new SaslSuccess(username) { IsAnonymous = true });
    }
}
