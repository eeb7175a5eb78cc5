using Parley.Server.Federation;

namespace Parley.Host.Diagnosis;

/// <summary>What came of speaking to another server in the name of one's own, in words, and which setting on which side changes it.</summary>
internal static class TrialFindings
{
    private const string Certificates = "Certificates (--certificate)";

    /// <summary>What to change where one's own server does not confirm keys.</summary>
    internal static string OwnChange(string own) =>
        $"whoever answers for {own} there: '{ServiceKind.Server.RecordName(own, directTls: false)} SRV', S2sPort (--s2s-port)";

    /// <summary>What to change where a stream to another does not come about.</summary>
    internal static string ExternalChange(string domain, string own) =>
        $"a certificate of a public authority with the name {own}: {Certificates}; or what whoever runs {domain} allows";

    /// <summary>What to change where another does not come back.</summary>
    internal static string BackChange(string domain, string own, AppliedPolicy applied) =>
        !applied.Policy.Allow ? $"{applied.Key}:Allow: whoever comes back from {domain} is refused here"
        : $"how {domain} reaches {own}: S2sPort (--s2s-port), the firewall before it, '{ServiceKind.Server.RecordName(own, directTls: false)} SRV'; look with 'parley doctor {own}' from elsewhere";

    /// <summary>What to change where another does not answer questions.</summary>
    internal static string QuestionChange(string domain) =>
        $"the server of {domain}, if it does not know dialback; otherwise only a certificate for {domain} that is trusted here lets it in (Federation:Authorities)";

    internal static Finding OwnNotReached(string own) => new(
        FindingLevel.Failure, "own", ServicePlace.NameOf(ServiceKind.Server), own, "the server of one's own cannot be reached by its records: others cannot ask it about keys",
        $"S2sPort (--s2s-port), or '{ServiceKind.Server.RecordName(own, directTls: false)} SRV': look with 'parley doctor {own}'");

    internal static Finding NoSecret(ServicePlace place, string check) => place.Warning(
        check, "not tried: no server that federates runs with this data directory, and Federation:DialbackSecret says no secret",
        "run it where the server runs, with its data directory (--data DIR) and as its user; or set Federation:DialbackSecret for both");

    /// <summary>The other side ends the stream of whoever has no certificate that it trusts; with one's own shown that is the end, without it was to be expected.</summary>
    internal static Finding Refused(ServicePlace place, string check) => check == "external"
        ? place.Failure(check, $"{place.Domain} refuses the certificate that was shown, or that there was none (not-authorized)", $"a certificate of an authority that {place.Domain} trusts, for clients and servers: {Certificates}")
        : place.Warning(check, $"not tried: {place.Domain} speaks only to servers with a certificate that it trusts", $"whoever runs {place.Domain}, if keys are to do");

    /// <summary>The other side ends the stream of whoever has no exchange with it.</summary>
    internal static Finding NoExchange(ServicePlace place, string check, OwnServer own) => place.Failure(
        check, $"{place.Domain} has no exchange with {own.Domain}, or none like this (policy-violation)",
        $"what whoever runs {place.Domain} allows (with Parley: Federation:Policies:{own.Domain}:Allow, :RequireTls); or a certificate for TLS: {Certificates}");

    internal static Finding Own(ServicePlace place, string answer) => answer switch
    {
        DialbackAnswer.Valid => place.Ok("own", $"{place.Domain} confirms the keys of this server"),
        DialbackAnswer.Invalid => place.Failure(
            "own", $"whoever answers for {place.Domain} there has another secret",
            $"the data directory (--data) to that of the server; where several processes serve {place.Domain}, Federation:DialbackSecret to the same in each; or '{place.Record}'"),
        _ => place.Failure("own", $"it does not say whether a key is one of {place.Domain}: {answer}", $"Domains (--domain) of the server there, or '{place.Record}'"),
    };

    internal static Finding NoCertificate(ServicePlace place, string own) => place.Warning(
        "external", $"not tried: there is no certificate for {own} here", $"the data directory (--data) to that of the server, or {Certificates}");

    /// <param name="place">Where.</param>
    /// <param name="own">Whose certificate.</param>
    /// <param name="isTaken">Whether it was taken; null when that was not offered.</param>
    internal static Finding External(ServicePlace place, string own, bool? isTaken) => isTaken switch
    {
        true => place.Ok("external", $"{place.Domain} takes the certificate of {own}"),
        false => place.Warning("external", $"{place.Domain} offers to take the certificate of {own}, and refuses it: keys have to do", $"a certificate of a public authority with the name {own}, for clients and servers: {Certificates}"),
        null => place.Warning("external", $"{place.Domain} does not take the certificate of {own}: keys have to do", $"where {place.Domain} asks for one, a certificate of a public authority with the name {own}: {Certificates}"),
    };

    /// <param name="place">Where.</param>
    /// <param name="own">Whose key.</param>
    /// <param name="answer">What was answered.</param>
    /// <param name="isTaken">Whether the certificate was taken, so that keys need not be.</param>
    /// <param name="applied">What is asked of the other here: refused, it cannot ask about the key.</param>
    internal static Finding Dialback(ServicePlace place, OwnServer own, string answer, bool isTaken, AppliedPolicy applied) => answer switch
    {
        DialbackAnswer.Valid => place.Ok("dialback", $"{place.Domain} came to {own.Domain}, asked about the key, and takes what {own.Domain} sends"),
        DialbackAnswer.Invalid => place.Failure(
            "dialback", $"whoever {place.Domain} finds for {own.Domain} does not know the key",
            $"'{ServiceKind.Server.RecordName(own.Domain, directTls: false)} SRV' as {place.Domain} sees it; where several processes serve {own.Domain}, Federation:DialbackSecret to the same in each"),
        "item-not-found" => place.Failure("dialback", $"{place.Domain} is not served there (item-not-found)", $"Domains (--domain) of the server of {place.Domain}, or '{place.Record}'"),
        "remote-connection-failed" or "remote-server-not-found" or "remote-server-timeout" =>
            place.Failure(
                "dialback",
                applied.Policy.Allow ? $"{place.Domain} does not reach {own.Domain}, or gets no answer there ({answer})"
                    : $"there is no exchange with {place.Domain} here, so it was refused when it came to ask about the key ({answer})",
                BackChange(place.Domain, own.Domain, applied)),
        ProbeException.NotAuthorized when isTaken => place.Warning(
            "dialback", $"{place.Domain} takes the certificate and no key: whether it reaches {own.Domain} has not been seen", $"look with 'parley doctor {own.Domain}' from elsewhere"),
        ProbeException.NotAuthorized => place.Failure("dialback", $"{place.Domain} asks for a certificate of {own.Domain} ({answer})", $"a certificate of an authority that {place.Domain} trusts, with the name {own.Domain}: {Certificates}"),
        ProbeException.PolicyViolation => NoExchange(place, "dialback", own),
        "resource-constraint" => place.Warning("dialback", $"{place.Domain} has too much to do at present ({answer})", "try again later"),
        _ => place.Failure("dialback", $"{place.Domain} does not take {own.Domain}: {answer}", BackChange(place.Domain, own.Domain, applied)),
    };

    internal static Finding Question(ServicePlace place, string answer) => answer switch
    {
        DialbackAnswer.Invalid => place.Ok("question", $"asked about a key that it has not made, {place.Domain} says so: its own can be verified"),
        DialbackAnswer.Valid => place.Failure("question", $"{place.Domain} says of any key that it is one of its own: anybody can speak in its name", "the server there; until then Federation:Policies:" + place.Domain + ":RequireCertificate or :Allow"),
        _ => place.Failure("question", $"{place.Domain} does not say whether a key is one of its own: {answer}", $"Domains (--domain) of the server of {place.Domain}, or '{place.Record}'; otherwise what it allows"),
    };

    /// <summary>What the policy here makes of the other server.</summary>
    /// <param name="place">Where.</param>
    /// <param name="options">The policies.</param>
    /// <param name="verdict">What its certificate is worth; null without TLS.</param>
    /// <param name="wasSeen">Whether it let a stream come about: otherwise nobody knows whether it has TLS.</param>
    internal static Finding[] Policy(ServicePlace place, FederationOptions options, CertificateVerdict? verdict, bool wasSeen)
    {
        var (name, policy) = AppliedPolicy.Of(options, place.Domain);
        var isCertified = verdict?.IsValid == true;
        return !policy.Allow ? [place.Failure("policy", $"there is no exchange with {place.Domain} here", $"{name}:Allow")]
            : !wasSeen ? []
            : policy.RequireTls && verdict is null ? [place.Failure("policy", $"{place.Domain} offers no TLS, which is asked for here", $"{name}:RequireTls, or whoever runs {place.Domain}")]
            : policy.RequireCertificate && !isCertified ? [place.Failure("policy", $"the certificate of {place.Domain} does not do here", $"{name}:RequireCertificate, Federation:Authorities, or whoever runs {place.Domain}")]
            : !policy.AllowDialback && !isCertified ? [place.Failure("policy", $"{place.Domain} has only keys to prove itself by, which are not taken here", $"{name}:AllowDialback, Federation:Authorities, or whoever runs {place.Domain}")]
            : [place.Ok("policy", isCertified ? $"the certificate of {place.Domain} is enough here" : $"keys of {place.Domain} are taken here")];
    }
}
