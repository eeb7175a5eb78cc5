namespace Parley.Host.Diagnosis;

/// <summary>How bad it is.</summary>
internal enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, perhaps not for everybody.</summary>
    Warning,

    /// <summary>Somebody cannot get here.</summary>
    Failure,
}

/// <summary>One thing that the doctor looked at.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="Check">What was looked at: <c>dns</c>, <c>port</c>, <c>stream</c>, <c>starttls</c>, <c>tls</c>, <c>certificate</c>, and between two servers <c>own</c>, <c>external</c>, <c>dialback</c>, <c>question</c>, <c>policy</c>.</param>
/// <param name="Service">For whom: <c>client</c> or <c>server</c>.</param>
/// <param name="Subject">The record, or the address and port.</param>
/// <param name="Text">What was found.</param>
/// <param name="Change">What to change; null when all is well.</param>
internal sealed record Finding(FindingLevel Level, string Check, string Service, string Subject, string Text, string? Change);

/// <summary>All that was found about a domain.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="From">The domain of one's own in whose name its server was spoken to; null for none.</param>
/// <param name="Findings">In the order of the way that others take.</param>
internal sealed record DomainReport(string Domain, string? From, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether nothing failed.</summary>
    internal bool IsHealthy => Findings.All(static finding => finding.Level != FindingLevel.Failure);
}
