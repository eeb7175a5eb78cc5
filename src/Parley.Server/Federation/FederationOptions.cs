namespace Parley.Server.Federation;

/// <summary>What an operator decides about other servers: how they are found, reached and recognised. Validated when the server starts.</summary>
public sealed class FederationOptions
{
    /// <summary>The resolver that asks the servers which the system is told to ask.</summary>
    public const string SystemResolver = "system";

    /// <summary>
    /// Who answers for domain names: <c>system</c> (the servers of <c>/etc/resolv.conf</c>, hosts of <c>/etc/hosts</c>), a server's address such as
    /// <c>192.0.2.53</c> or <c>127.0.0.1:5353</c>, or the path of a file of fixed answers (docs/federation.md). Default: system.
    /// </summary>
    public string Resolver { get; set; } = SystemResolver;

    /// <summary>How long one server for domain names may take for one answer. Default 2 s.</summary>
    public TimeSpan ResolverTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often each server for domain names is asked before there is no answer. Default 2; at most 10.</summary>
    public int ResolverAttempts { get; set; } = 2;

    /// <summary>Records of domain names that are remembered, at some 600 bytes at most; beyond, those not asked for the longest are forgotten. Default 20,000.</summary>
    public int ResolverCacheRecords { get; set; } = 20_000;

    /// <summary>How long one host may take to accept a connection, all its addresses together, and again until the stream on it comes about where there is another host. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long finding and reaching a domain may take, all its hosts together; after it no other host is tried. Default 30 s; then remote-server-timeout.</summary>
    public TimeSpan ConnectDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether other domains may be at loopback and private addresses (RFC 1918, RFC 4193, RFC 6598). Default true: servers of one machine or network federate that way.
    /// With false, a remote domain's records cannot lead the server to its own network's services.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; } = true;

    /// <summary>A PEM file with certificates of authorities that are trusted for other servers, besides the system's. Default: none.</summary>
    public string? Authorities { get; set; }

    /// <summary>The secret behind dialback keys (XEP-0185), at least 32 characters. Default: random at each start; several processes that serve one domain need the same.</summary>
    public string? DialbackSecret { get; set; }

    /// <summary>
    /// Whether there are streams to and from other servers. Default false: stanzas for domains that are not here are answered with remote-server-not-found.
    /// Parley's own program decides by its ports for servers.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>What is asked of other domains that <see cref="Policies"/> does not name.</summary>
    public FederationPolicy Policy { get; set; } = new();

    /// <summary>
    /// What is asked of single domains, in place of <see cref="Policy"/> as a whole. A list of those allowed: <see cref="FederationPolicy.Allow"/> false there, and true here. Default: none.
    /// </summary>
    public IDictionary<string, FederationPolicy> Policies { get; } = new Dictionary<string, FederationPolicy>(StringComparer.Ordinal);

    /// <summary>
    /// Bytes of stanzas that may wait for another domain, for each domain here that sends there, while the stream is set up, and again on the stream. Default 1 MiB;
    /// what comes beyond is answered with resource-constraint, and a server that does not read is cut off.
    /// </summary>
    public int MaxQueuedBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Bytes of stanzas to one other domain that it may not have acknowledged, on each stream of ours there (XEP-0198). Default 1 MiB; what comes beyond waits in front of the stream as <see cref="MaxQueuedBytes"/> allows.
    /// </summary>
    public int MaxUnacknowledgedBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// How long a lost stream may be resumed (XEP-0198 §5), and what it had not acknowledged waits for another. Default 2 minutes: then senders are told remote-server-timeout. Zero: no stream
    /// is resumed, and senders are told as soon as one attempt to connect has failed.
    /// </summary>
    public TimeSpan ResumptionTime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a stream may carry nothing before it is closed. Default 10 minutes; zero for ever.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long nothing is tried after a failure; twice as long after each that follows. Default 5 s: until then stanzas are answered with the reason of the failure.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest that nothing is tried after failures. Default 5 minutes.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Other domains that are dealt with at a time: connected, being connected, or known as failed. Default 10,000; stanzas for others are answered with resource-constraint.</summary>
    public int MaxRemoteDomains { get; set; } = 10_000;

    /// <summary>What is asked of a domain.</summary>
    internal FederationPolicy PolicyFor(Parley.Protocol.Addressing.Jid? domain) =>
        domain is not null && Policies.TryGetValue(domain.Domain, out var policy) ? policy : Policy;

    /// <summary>The setting that says so: <c>Federation:Policy</c>, or the domain's own among <c>Federation:Policies</c>.</summary>
    internal string PolicyKeyFor(string? domain) => domain is not null && Policies.ContainsKey(domain) ? $"Federation:{nameof(Policies)}:{domain}" : $"Federation:{nameof(Policy)}";
}
