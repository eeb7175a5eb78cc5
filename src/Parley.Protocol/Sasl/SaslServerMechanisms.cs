namespace Parley.Protocol.Sasl;

/// <summary>The mechanisms that a server offers on one connection.</summary>
public sealed class SaslServerMechanisms
{
    /// <exception cref="ArgumentException"><see cref="SaslServerContext.DecoySecret"/> is too short for a context with accounts.</exception>
    public SaslServerMechanisms(SaslServerContext context, ISaslNonceSource? nonces = null) => throw new NotSupportedException();

    /// <summary>The names to advertise, in that order.</summary>
    public IReadOnlyList<string> Offered => throw new NotSupportedException();

    /// <summary>Begins an exchange.</summary>
    /// <exception cref="SaslException">
    /// invalid-mechanism where the name is not offered; encryption-required where it would be under TLS.
    /// </exception>
    public ISaslServerMechanism Create(string name) => throw new NotSupportedException();
}
