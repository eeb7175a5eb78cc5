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

    /// <summary>How long one host may take to accept a connection, all its addresses together. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long finding and reaching a domain may take, all its hosts together. Default 30 s; then remote-server-timeout.</summary>
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
}
