namespace Parley.Server.Federation;

/// <summary>What is wrong with a peer's certificate.</summary>
public enum CertificateProblem
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>It, or one of the authorities' between, is past its time.</summary>
    Expired,

    /// <summary>It, or one of the authorities' between, begins later.</summary>
    NotYetValid,

    /// <summary>It has signed itself, and is not among the configured authorities.</summary>
    SelfSigned,

    /// <summary>Its authority is not trusted, or a certificate between is missing.</summary>
    UnknownAuthority,

    /// <summary>None of its names is the domain.</summary>
    WrongName,

    /// <summary>It is not for servers (extended key usage).</summary>
    WrongUsage,

    /// <summary>A signature or a constraint in the chain does not hold.</summary>
    Invalid,
}
