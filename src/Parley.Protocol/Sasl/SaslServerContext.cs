namespace Parley.Protocol.Sasl;

/// <summary>What a server knows about one connection when it is about to authenticate its peer, and its policy.</summary>
public sealed class SaslServerContext
{
    /// <summary>The fewest bytes of <see cref="DecoySecret"/>.</summary>
    public const int MinDecoySecretLength = 16;

    /// <summary>The domain that the stream is addressed to: the realm of DIGEST-MD5 and the domain of authorization identities.</summary>
    public required string Domain { get; init; }

    /// <summary>Which mechanisms may be used, in the order in which they are advertised.</summary>
    public IReadOnlyList<string> Mechanisms { get; init; } = SaslMechanismNames.Default;

    /// <summary>Whether TLS is in place. PLAIN is neither advertised nor accepted without it.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>The accounts. Null, as between servers, leaves only EXTERNAL and ANONYMOUS.</summary>
    public ICredentialSource? Credentials { get; init; }

    /// <summary>The bindings that the TLS connection offers; none turns the -PLUS mechanisms off.</summary>
    public IReadOnlyList<SaslChannelBinding> ChannelBindings { get; init; } = [];

    /// <summary>
    /// The addresses for which the peer's validated certificate speaks: <c>local@domain</c> for clients, the domain for servers
    /// (XEP-0178). None turns EXTERNAL off. The caller has checked the chain.
    /// </summary>
    public IReadOnlyList<string> CertificateJids { get; init; } = [];

    /// <summary>
    /// The secret from which salts of accounts that do not exist are made, so that they cannot be told from those that do
    /// (RFC 5802 §9). At least <see cref="MinDecoySecretLength"/> bytes; the same on each node and after a restart, or the
    /// change betrays them. Needed with <see cref="Credentials"/>.
    /// </summary>
    public ReadOnlyMemory<byte> DecoySecret { get; init; }

    /// <summary>
    /// PBKDF2 rounds that new accounts get, and that accounts that do not exist pretend to have. Default 10,000, which costs a
    /// PLAIN login a few milliseconds of processor time; a SCRAM login costs the server none of it.
    /// </summary>
    public int DefaultIterations { get; init; } = 10_000;

    /// <summary>The hash that PLAIN is verified with where the account has keys for several. Default SHA-256.</summary>
    public ScramHash DefaultHash { get; init; } = ScramHash.Sha256;

    /// <summary>The service name of DIGEST-MD5's digest-uri (RFC 2831 §2.1.2).</summary>
    public string ServiceName { get; init; } = "xmpp";

    /// <summary>Whether a client that can bind channels was told that this server can: what the <c>y</c> flag denies.</summary>
    public bool PlusOffered => Credentials is not null && ChannelBindings.Count > 0
        && Mechanisms.Any(name => name.EndsWith("-PLUS", StringComparison.Ordinal));
}
