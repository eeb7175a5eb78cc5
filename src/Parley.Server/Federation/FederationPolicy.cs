namespace Parley.Server.Federation;

/// <summary>What is asked of another domain before stanzas flow (RFC 6120 §13.8, XEP-0220 §2.5).</summary>
public sealed class FederationPolicy
{
    /// <summary>Whether there is any exchange with the domain. Default true.</summary>
    public bool Allow { get; set; } = true;

    /// <summary>Whether its streams have to be under TLS. Default true.</summary>
    public bool RequireTls { get; set; } = true;

    /// <summary>Whether it has to show a certificate for its name from an authority that is trusted here. Default false: dialback may do.</summary>
    public bool RequireCertificate { get; set; }

    /// <summary>Whether it may prove by dialback who it is (XEP-0220). Default true; false leaves certificates alone: a server without one is not sent anything either.</summary>
    public bool AllowDialback { get; set; } = true;

    /// <summary>Whether nothing but a certificate does, whoever opens the stream (RFC 6120 §13.7.2): by <see cref="RequireCertificate"/>, or because there is no dialback.</summary>
    public bool NeedsCertificate => RequireCertificate || !AllowDialback;
}
