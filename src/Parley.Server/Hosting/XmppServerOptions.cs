using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Sasl;
using Parley.Protocol.Xml;
using Parley.Server.Federation;
using Parley.Server.Sessions.Components;

namespace Parley.Server.Hosting;

/// <summary>What an operator decides about the server. Validated when it starts.</summary>
public sealed class XmppServerOptions
{
    /// <summary>The hosted domains; the first is the default one. Accounts of one know nothing of another's.</summary>
    public IList<string> Domains { get; } = [];

    /// <summary>Who may register accounts in-band (XEP-0077). Default: nobody.</summary>
    public RegistrationPolicy Registration { get; set; } = RegistrationPolicy.Closed;

    /// <summary>Whether clients may go on without TLS, and PLAIN may be used without it. Default false; never on a network.</summary>
    public bool AllowInsecure { get; set; }

    /// <summary>Whether clients are slowed down and kept from guessing. Default true; false only for load tests.</summary>
    public bool RateLimits { get; set; } = true;

    /// <summary>Whether what clients send and get is logged, secrets hidden. Default false: it shows messages.</summary>
    public bool WireLog { get; set; }

    /// <summary>The mechanisms offered, in order of preference. Default: SCRAM and PLAIN; DIGEST-MD5 and CRAM-MD5 only when named.</summary>
    public IList<string> SaslMechanisms { get; } = [.. SaslMechanismNames.Default.Where(name => name is not SaslMechanismNames.External and not SaslMechanismNames.Anonymous)];

    /// <summary>PBKDF2 rounds for passwords set from now on. Default 10,000; at least 4,096 (RFC 7677 §4).</summary>
    public int ScramIterations { get; set; } = 10_000;

    /// <summary>What one element from a client may be, once it is authenticated. Default 256 KiB, 64 levels, 64 attributes.</summary>
    public XmlLimits StanzaLimits { get; set; } = XmlLimits.Default;

    /// <summary>The same before authentication. Default 8 KiB.</summary>
    public XmlLimits StanzaLimitsBeforeAuthentication { get; set; } = XmlLimits.BeforeAuthentication;

    /// <summary>How long a connection may take from its first byte to a bound resource. Default 60 s, absolute: sending slowly does not extend it.</summary>
    public TimeSpan NegotiationTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a bound stream may be silent, white space included, before it is ended; zero for ever. Default for ever: TCP keep-alive finds the dead.</summary>
    public TimeSpan IdleTimeout { get; set; }

    /// <summary>How long closing a stream may take before the connection is cut. Default 5 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes that may wait for a client that does not read, before it is cut off. Default 1 MiB.</summary>
    public int MaxOutputBytes { get; set; } = 1024 * 1024;

    /// <summary>How long a session whose connection was lost waits to be resumed (XEP-0198 §5); a client may ask for less. Default 10 minutes; zero: none may be resumed.</summary>
    public TimeSpan ResumptionTime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Where clients should connect to resume a session, as <c>host</c> or <c>host:port</c> (XEP-0198 §5); null, the default, for where they connected before.</summary>
    public string? ResumptionLocation { get; set; }

    /// <summary>How long a client may owe an acknowledgement that it was asked for (XEP-0198 §4), before its connection counts as lost. Default 60 s.</summary>
    public TimeSpan AcknowledgementTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of presence and the like that may wait for one client that says that it is inactive (XEP-0352). Default 64 KiB; above it all is sent. 0 turns this off.</summary>
    public int MaxHeldBytes { get; set; } = 64 * 1024;

    /// <summary>Bound resources of one account. Default 32.</summary>
    public int MaxResources { get; set; } = 32;

    /// <summary>Failed authentications on one stream before it is closed (RFC 6120 §6.4.5 asks for two to five). Default 3.</summary>
    public int MaxAuthenticationFailures { get; set; } = 3;

    /// <summary>Bytes a second that one client may send on average, where <see cref="RateLimits"/> apply. Default 1 MiB; four seconds' worth at once.</summary>
    public int MaxBytesPerSecond { get; set; } = 1024 * 1024;

    /// <summary>External components (XEP-0114), by the domain that each answers for: <c>Secret</c>, 16 bytes or more, <c>Privileges</c> (XEP-0356) and <c>Delegations</c> (XEP-0355). Default: none.</summary>
    public IDictionary<string, ComponentOptions> Components { get; } = new Dictionary<string, ComponentOptions>(StringComparer.Ordinal);

    /// <summary>Bytes a second that one component may send on average, where <see cref="RateLimits"/> apply: it speaks for many. Default 16 MiB; four seconds' worth at once.</summary>
    public int MaxComponentBytesPerSecond { get; set; } = 16 * 1024 * 1024;

    /// <summary>Bytes that may wait for a component that does not read, before it is cut off and what it did not take is answered with errors. Default 8 MiB.</summary>
    public int MaxComponentOutputBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Connections that one address may have at a time; an IPv6 address counts by its /64. The next is cut before a stream begins (XEP-0205 §4.1). Default 0: any number.</summary>
    public int MaxConnectionsPerAddress { get; set; }

    /// <summary>Connections that one address may begin in a minute, counted likewise (XEP-0205 §4.2). Default 0: any number.</summary>
    public int MaxConnectionsPerMinute { get; set; }

    /// <summary>Addresses to publish for reaching the operators (XEP-0157): URIs by field name, such as <c>mailto:abuse@example.org</c> by <c>abuse-addresses</c>.</summary>
    public IDictionary<string, IList<string>> Contacts { get; } = new Dictionary<string, IList<string>>(StringComparer.Ordinal);

    /// <summary>Messages kept for an account that nobody is there to take (XEP-0160). Default 1,000; above it the oldest that the archive keeps make room, and where it keeps none the next is answered with service-unavailable.</summary>
    public int MaxOfflineMessages { get; set; } = 1000;

    /// <summary>Whose messages are archived for accounts that have said nothing (XEP-0441). Default: everybody's.</summary>
    public ArchiveDefault ArchiveDefault { get; set; } = ArchiveDefault.Always;

    /// <summary>How long archived messages are kept; zero for ever. Default for ever. Older ones are removed once an hour.</summary>
    public TimeSpan ArchiveMaxAge { get; set; }

    /// <summary>Messages that one archive keeps; the oldest beyond are removed once an hour. Default 0: any number.</summary>
    public int ArchiveMaxMessages { get; set; }

    /// <summary>Other limits for the archives of some domains, or of the rooms of services under them, by domain: <c>MaxAge</c> and <c>MaxMessages</c>; what one does not say is as above.</summary>
    public IDictionary<string, ArchiveLimits> ArchiveLimits { get; } = new Dictionary<string, ArchiveLimits>(StringComparer.Ordinal);

    /// <summary>Messages of a page out of an archive when the client does not say how many (XEP-0059). Default 50.</summary>
    public int ArchivePageSize { get; set; } = 50;

    /// <summary>Messages of a page out of an archive at most; who asks for more gets so many. Default 250.</summary>
    public int MaxArchivePageSize { get; set; } = 250;

    /// <summary>Entries of one roster. Default 2,000.</summary>
    public int MaxRosterItems { get; set; } = 2000;

    /// <summary>How other servers are found, reached and recognised (docs/federation.md).</summary>
    public FederationOptions Federation { get; set; } = new();

    internal (TimeSpan MaxAge, int MaxMessages) ArchiveLimitsOf(string domain) =>
        (LimitsFor(domain)?.MaxAge ?? ArchiveMaxAge, LimitsFor(domain)?.MaxMessages ?? ArchiveMaxMessages);

    private ArchiveLimits? LimitsFor(string domain) => ArchiveLimits.TryGetValue(domain, out var limits) ? limits : null;

    /// <summary>Whether a domain, written in any way that addresses allow, is one of <see cref="Domains"/>.</summary>
    internal bool IsHosted(string domain) => Jid.TryParse(domain, out var jid) && jid.IsDomain && Domains.Contains(jid.Domain);

    internal IReadOnlyList<Jid> DomainJids => [.. Domains.Select(domain => Jid.Create(null, domain, null))];
}

/// <summary>Who may register accounts in-band (XEP-0077).</summary>
public enum RegistrationPolicy
{
    /// <summary>Nobody: the feature is not offered.</summary>
    Closed,

    /// <summary>Whoever connects from the machine itself.</summary>
    Loopback,

    /// <summary>Anybody, at a limited rate for each address.</summary>
    Open,
}
