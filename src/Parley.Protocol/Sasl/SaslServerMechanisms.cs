namespace Parley.Protocol.Sasl;

/// <summary>The mechanisms that a server offers on one connection.</summary>
public sealed class SaslServerMechanisms
{
    private readonly SaslServerContext _context;
    private readonly ISaslNonceSource _nonces;
    private readonly Accounts? _accounts;

    /// <summary>Settles what is offered.</summary>
    /// <param name="context">The connection and the policy.</param>
    /// <param name="nonces">The source of nonces; the system's generator where null.</param>
    /// <exception cref="ArgumentException">There are accounts, and <see cref="SaslServerContext.DecoySecret"/> is too short.</exception>
    public SaslServerMechanisms(SaslServerContext context, ISaslNonceSource? nonces = null)
    {
        _context = context;
        _nonces = nonces ?? new RandomNonceSource();
        if (context.Credentials is { } source)
        {
            if (context.DecoySecret.Length < SaslServerContext.MinDecoySecretLength)
                throw new ArgumentException($"DecoySecret takes {SaslServerContext.MinDecoySecretLength} bytes or more.", nameof(context));
            _accounts = new Accounts(context, source);
        }

        Offered = [.. context.Mechanisms.Where(name => IsUsable(name) && !NeedsEncryption(name))];
    }

    /// <summary>The names to advertise, in that order.</summary>
    public IReadOnlyList<string> Offered { get; }

    /// <summary>Begins an exchange.</summary>
    /// <exception cref="SaslException">
    /// invalid-mechanism where the name is not offered; encryption-required where it would be under TLS.
    /// </exception>
    public ISaslServerMechanism Create(string name)
    {
        if (!_context.Mechanisms.Contains(name, StringComparer.Ordinal) || !IsUsable(name))
            throw new SaslException(SaslCondition.InvalidMechanism);
        if (NeedsEncryption(name))
            throw new SaslException(SaslCondition.EncryptionRequired);
        return name switch
        {
            SaslMechanismNames.External => new ExternalServer(_context),
            SaslMechanismNames.Anonymous => new AnonymousServer(_context, _nonces),
            SaslMechanismNames.Plain => new PlainServer(_context, _accounts!),
            SaslMechanismNames.CramMd5 => new CramMd5Server(_context, _accounts!, _nonces),
            SaslMechanismNames.DigestMd5 => new DigestMd5Server(_context, _accounts!, _nonces),
            _ when ScramName.Parse(name) is { } scram =>
                new ScramServer(name, scram.Hash, scram.Plus, _context, _accounts!, _nonces),
            _ => throw new SaslException(SaslCondition.InvalidMechanism),
        };
    }

    private bool IsUsable(string name) => name switch
    {
        SaslMechanismNames.External => _context.CertificateJids.Count > 0,
        SaslMechanismNames.Anonymous => true,
        SaslMechanismNames.Plain or SaslMechanismNames.CramMd5 or SaslMechanismNames.DigestMd5 => _accounts is not null,
        _ => ScramName.Parse(name) is { } scram && _accounts is not null && (!scram.Plus || _context.ChannelBindings.Count > 0),
    };

    private bool NeedsEncryption(string name) => name == SaslMechanismNames.Plain && !_context.IsEncrypted;
}
