namespace Parley.Protocol.Sasl;

/// <summary>A client's choice among the mechanisms that a server offers.</summary>
public sealed class SaslClientMechanisms(SaslClientContext context, ISaslNonceSource? nonces = null)
{
    /// <summary>The best mechanism that the server offers and the context allows, or null where there is none.</summary>
    public ISaslClientMechanism? Select(IReadOnlyCollection<string> offered) => throw new NotSupportedException($"{context}{nonces}");
}
