namespace Parley.Server.Federation;

/// <summary>Whether a peer's certificate vouches for a domain.</summary>
/// <param name="Problems">Why it does not, the most telling first; none when it does.</param>
/// <param name="Names">The names that it has.</param>
/// <param name="NotAfter">When it ends.</param>
/// <param name="Detail">What the system says of the chain, for logs; null when all is well.</param>
public sealed record CertificateVerdict(IReadOnlyList<CertificateProblem> Problems, IReadOnlyList<string> Names, DateTimeOffset NotAfter, string? Detail)
{
    /// <summary>Whether it vouches for the domain.</summary>
    public bool IsValid => Problems.Count == 0;
}
