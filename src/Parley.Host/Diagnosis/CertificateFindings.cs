using System.Globalization;
using Parley.Server.Federation;

namespace Parley.Host.Diagnosis;

/// <summary>Says what is wrong with a certificate, and what to do about it.</summary>
internal static class CertificateFindings
{
    // What is renewed by itself has been by then.
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    /// <param name="place">Where it was shown.</param>
    /// <param name="verdict">What it is worth.</param>
    /// <param name="applied">What is asked of the domain here.</param>
    /// <param name="isOurs">Whether the domain is one of the configuration's: then others decide what they ask for.</param>
    internal static IEnumerable<Finding> Of(ServicePlace place, CertificateVerdict verdict, AppliedPolicy applied, bool isOurs)
    {
        foreach (var problem in verdict.Problems)
        {
            var (text, change) = Describe(problem, place, verdict);

            yield return place.Service == ServiceKind.Server ? ForServers(place, text, change, applied, isOurs)

                // No authority vouches for this machine's own name: what was made at the first start is all that there can be.
                : problem == CertificateProblem.SelfSigned && DomainExamination.IsLocal(place.Domain)
                ? place.Warning("certificate", text, "nothing on the server; where a client does not ask, have it trust the file in the data directory's 'certificates'")
                : place.Failure("certificate", text, change);
        }

        if (!verdict.IsValid)
        {
            yield break;
        }

        var text2 = $"for {string.Join(", ", verdict.Names)}, until {Date(verdict)}";
        yield return verdict.NotAfter - DateTimeOffset.UtcNow < Soon
            ? place.Warning("certificate", text2, "renew it now: Certificates (--certificate)")
            : place.Ok("certificate", text2);
    }

    // Between servers keys may do (XEP-0220): what is asked for decides how bad it is.
    private static Finding ForServers(ServicePlace place, string text, string change, AppliedPolicy applied, bool isOurs) =>
        isOurs ? place.Warning("certificate", $"{text}: dialback is used, and servers that ask for a certificate stay away", change)
        : applied.Policy.NeedsCertificate ? place.Failure("certificate", $"{text}, and a certificate is asked for here", $"{change}; or what is asked of {place.Domain}: {applied.CertificateKey}")
        : place.Warning("certificate", $"{text}: dialback is used", change);

    private static (string Text, string Change) Describe(CertificateProblem problem, ServicePlace place, CertificateVerdict verdict) => problem switch
    {
        CertificateProblem.Expired => ($"it, or one between, has expired; its own end is {Date(verdict)}", "renew it, its chain too: Certificates (--certificate)"),
        CertificateProblem.NotYetValid => ("it, or one between, is not valid yet", "the clock of the server or of this machine, or the certificate: Certificates (--certificate)"),
        CertificateProblem.SelfSigned => ("it has signed itself", $"a certificate of an authority for {place.Domain}: Certificates (--certificate){OwnAuthority(place)}"),
        CertificateProblem.UnknownAuthority => ("its authority is unknown, or the server does not send those between", $"put the whole chain into the file of Certificates (--certificate){OwnAuthority(place)}"),
        CertificateProblem.WrongName => ($"it is for {(verdict.Names.Count == 0 ? "nobody" : string.Join(", ", verdict.Names))}, not for {place.Domain}", $"a certificate with the name {place.Domain}: Certificates (--certificate)"),
        CertificateProblem.WrongUsage => ("it is not for servers (extended key usage)", "a certificate with serverAuth: Certificates (--certificate)"),
        CertificateProblem.Missing => ("there is none", "Certificates (--certificate)"),
        _ => ($"its chain does not hold: {verdict.Detail}", "Certificates (--certificate)"),
    };

    // A setting between servers: clients have their own authorities.
    private static string OwnAuthority(ServicePlace place) => place.Service == ServiceKind.Server ? "; an authority of your own: Federation:Authorities" : "";

    private static string Date(CertificateVerdict verdict) => verdict.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
