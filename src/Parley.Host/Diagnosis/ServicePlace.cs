using System.Net;
using Parley.Server.Federation;

namespace Parley.Host.Diagnosis;

/// <summary>One place where a service of a domain ought to be, and the settings and records that put it there.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Service">The service.</param>
/// <param name="Target">The host and port.</param>
/// <param name="Address">One of its addresses, and the port.</param>
/// <param name="IsFallback">Whether no record leads here: the domain has none, so that it is the host, at the usual port.</param>
internal sealed record ServicePlace(string Domain, ServiceKind Service, ServerTarget Target, IPEndPoint Address, bool IsFallback = false)
{
    internal string ServiceName => NameOf(Service);

    /// <summary>The setting of the port, when Parley serves the domain.</summary>
    internal string PortSetting => (Service == ServiceKind.Client, Target.DirectTls) switch
    {
        (true, false) => "C2sPort (--c2s-port)",
        (true, true) => "C2sTlsPort (--c2s-tls-port)",
        (false, false) => "S2sPort (--s2s-port)",
        _ => "S2sTlsPort (--s2s-tls-port)",
    };

    /// <summary>Whether the domain's own address leads here, and no record that names another host: nobody has said that the service is here.</summary>
    internal bool IsByAddress => string.Equals(Target.Host, Domain, StringComparison.OrdinalIgnoreCase);

    /// <summary>The record that leads here.</summary>
    internal string Record => $"{Service.RecordName(Domain, Target.DirectTls)} SRV";

    /// <summary>What to change where the server listens at another port than this one.</summary>
    internal string PortChange =>
        !IsFallback ? $"correct the port of '{Record}'"
        : DomainExamination.IsLocal(Domain) ? $"have it listen at port {Address.Port}, where clients look without being told"
        : $"add the record '{Service.RecordName(Domain, Target.DirectTls)}. SRV 0 5 PORT {Target.Host}.' with the port that it has";

    internal static string NameOf(ServiceKind service) => service == ServiceKind.Client ? "client" : "server";

    internal Finding Ok(string check, string text) => new(FindingLevel.Ok, check, ServiceName, Address.ToString(), text, null);

    internal Finding Warning(string check, string text, string change) => new(FindingLevel.Warning, check, ServiceName, Address.ToString(), text, change);

    internal Finding Failure(string check, string text, string change) => new(FindingLevel.Failure, check, ServiceName, Address.ToString(), text, change);
}
