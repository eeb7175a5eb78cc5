namespace Parley.Protocol.Sasl;

/// <summary>What a client has to authenticate with, and its policy.</summary>
public sealed class SaslClientContext
{
    /// <summary>The domain of the account: the server that the client means to reach.</summary>
    public required string Domain { get; init; }

    /// <summary>The localpart; null leaves EXTERNAL and ANONYMOUS.</summary>
    public string? Username { get; init; }

    /// <summary>The password; null leaves EXTERNAL and ANONYMOUS.</summary>
    public string? Password { get; init; }

    /// <summary>The bare JID to act as, where it is not simply the account's own; null says nothing.</summary>
    public string? Authzid { get; init; }

    /// <summary>Which mechanisms may be used, best first.</summary>
    public IReadOnlyList<string> Mechanisms { get; init; } = SaslMechanismNames.Default;

    /// <summary>Whether TLS is in place. PLAIN is not chosen without it.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Whether a client certificate was presented in the TLS handshake, so that EXTERNAL can be tried.</summary>
    public bool HasCertificate { get; init; }

    /// <summary>The bindings that the TLS connection offers to this side, best first.</summary>
    public IReadOnlyList<SaslChannelBinding> ChannelBindings { get; init; } = [];

    /// <summary>The binding types that the server listed (XEP-0440); null where it listed none.</summary>
    public IReadOnlyList<string>? ServerChannelBindingTypes { get; init; }

    /// <summary>The fewest PBKDF2 rounds a server may ask for; fewer make a stolen exchange cheap to guess. Default 4096 (RFC 7677 §4).</summary>
    public int MinIterations { get; init; } = 4096;

    /// <summary>The most PBKDF2 rounds a server may ask for; more would let it keep the client busy. Default 10,000,000.</summary>
    public int MaxIterations { get; init; } = 10_000_000;

    /// <summary>The service name of DIGEST-MD5's digest-uri (RFC 2831 §2.1.2).</summary>
    public string ServiceName { get; init; } = "xmpp";
}
