namespace Parley.Server.Federation;

/// <summary>Whether it is known where a domain's service is.</summary>
public enum LocationOutcome
{
    /// <summary>There is somewhere to try.</summary>
    Found,

    /// <summary>There is not, and that is certain: remote-server-not-found.</summary>
    NotFound,

    /// <summary>The domain says that it does not offer the service (an SRV record with the target "."): remote-server-not-found.</summary>
    NotOffered,

    /// <summary>No server could tell: remote-server-timeout, and it may be tried again.</summary>
    Unknown,
}

/// <summary>Where a domain's service is.</summary>
/// <param name="Outcome">Whether that is known.</param>
/// <param name="Targets">Where to try, in this order; none unless it is. At most <see cref="ServerLocator.MaxTargets"/>.</param>
/// <param name="Steps">What was asked.</param>
/// <param name="IsFallback">Whether no records are known, and the domain itself is the host.</param>
/// <param name="IsCertain">Whether all that was asked was answered: otherwise there may be records that nobody told of.</param>
public sealed record ServerLocation(
    LocationOutcome Outcome, IReadOnlyList<ServerTarget> Targets, IReadOnlyList<LookupStep> Steps, bool IsFallback = false, bool IsCertain = true);
