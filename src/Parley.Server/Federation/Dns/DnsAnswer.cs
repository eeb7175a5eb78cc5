namespace Parley.Server.Federation.Dns;

/// <summary>What came of a question.</summary>
public enum DnsOutcome
{
    /// <summary>There are records.</summary>
    Found,

    /// <summary>The name does not exist (NXDOMAIN).</summary>
    NoSuchDomain,

    /// <summary>The name exists and has no record of this type.</summary>
    NoSuchRecord,

    /// <summary>A server answered that it cannot tell (SERVFAIL, REFUSED, and the like), or with what is no answer.</summary>
    ServerFailure,

    /// <summary>No server answered in time.</summary>
    TimedOut,
}

/// <summary>The answer to a question.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Records">The records of the type asked for, aliases followed; none unless <see cref="DnsOutcome.Found"/>. At most <see cref="MaxRecords"/>.</param>
/// <param name="TimeToLive">How long it may be remembered; zero when that is not said.</param>
/// <param name="Detail">Why it failed, for logs.</param>
public sealed record DnsAnswer(DnsOutcome Outcome, IReadOnlyList<DnsRecord> Records, TimeSpan TimeToLive, string? Detail = null)
{
    /// <summary>Records of one answer that are kept; those beyond are ignored.</summary>
    public const int MaxRecords = 32;

    /// <summary>Whether a server has said how things are, be it that there is nothing.</summary>
    public bool IsCertain => Outcome is DnsOutcome.Found or DnsOutcome.NoSuchDomain or DnsOutcome.NoSuchRecord;

    /// <summary>An answer that tells why there is none.</summary>
    public static DnsAnswer Failed(DnsOutcome outcome, string? detail = null) => new(outcome, [], TimeSpan.Zero, detail);
}
