using System.Net;
using Parley.Server.Federation;

namespace Parley.Host.Diagnosis;

/// <summary>Goes the way that clients and other servers go to a domain, to each of its hosts and addresses, and tells what they meet.</summary>
internal sealed class DomainExamination(ServerLocator locator, AddressPolicy policy, StreamProbe probe, FederationTrial trial, FederationOptions federation, OwnDomains ours)
{
    private const string LocalName = "localhost";

    private readonly AddressPolicy _public = new(new FederationOptions { AllowPrivateAddresses = false });

    /// <summary>Examines a domain. Takes, per address, at most the time-outs of the options.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="own">In whose name its server is spoken to, where what its clients need is worth a warning only; null for nobody.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<DomainReport> RunAsync(string domain, OwnServer? own, CancellationToken cancellationToken)
    {
        var isOurs = ours.Contains(domain);

        List<Finding> findings = ours.IsService(domain) ? [] : [.. await ServiceAsync(domain, ServiceKind.Client, cancellationToken)];
        if (own is not null)
        {
            // Where another server is looked at as a server, what its clients need is its own operator's business.
            findings = [.. findings.Select(static finding => finding.Level == FindingLevel.Failure ? finding with { Level = FindingLevel.Warning } : finding)];
        }

        if (!federation.Enabled && (isOurs || IsLocal(domain)))
        {
            findings.Add(NotFederated(domain));
            return new DomainReport(domain, null, findings);
        }

        findings.AddRange(await ServiceAsync(domain, ServiceKind.Server, cancellationToken));
        if (own is not null)
        {
            findings.AddRange(await trial.RunAsync(domain, own, cancellationToken));
        }

        return new DomainReport(domain, own?.Domain, findings);
    }

    /// <summary>Whether a name is that of this machine, whoever asks (RFC 6761 §6.3).</summary>
    internal static bool IsLocal(string domain) => domain == LocalName || domain.EndsWith($".{LocalName}", StringComparison.Ordinal);

    private static Finding NotFederated(string domain)
    {
        var server = ServicePlace.NameOf(ServiceKind.Server);
        return IsLocal(domain)
            ? new Finding(FindingLevel.Ok, "dns", server, domain, "this machine alone: no other server has anything to do with it, and none is listened for", null)
            : new Finding(FindingLevel.Warning, "dns", server, domain, "no other server is listened for, and none is sent anything", "where there are to be others, S2sPort (--s2s-port) or Federation:Enabled");
    }

    private async Task<IEnumerable<Finding>> ServiceAsync(string domain, ServiceKind service, CancellationToken cancellationToken)
    {
        var location = await locator.LocateAsync(domain, service, cancellationToken);
        var findings = new List<Finding> { Records(domain, service, location) };
        var hosts = await Task.WhenAll(location.Targets.Select(target => HostAsync(domain, service, location, target, cancellationToken)));
        findings.AddRange(hosts.SelectMany(static host => host));
        return findings;
    }

    private static Finding Records(string domain, ServiceKind service, ServerLocation location)
    {
        var name = ServicePlace.NameOf(service);
        var subject = location.Steps.Count == 0 ? domain : $"{service.RecordName(domain, directTls: false)} and {service.RecordName(domain, directTls: true)} SRV";
        var said = string.Join("; ", location.Steps.Select(static step => step.Outcome).Distinct(StringComparer.Ordinal));
        var example = Example(domain, service);
        return location.Outcome switch
        {
            LocationOutcome.Found when location.Steps.Count == 0 => new(FindingLevel.Ok, "dns", name, subject, "the domain is an address", null),
            LocationOutcome.Found when !location.IsCertain => new(
                FindingLevel.Warning, "dns", name, subject, location.IsFallback ? $"{said}: {name}s try {domain} itself, at port {service.Port}" : $"{said}: what else there is nobody told", NoAnswer(domain)),
            LocationOutcome.Found when location.IsFallback && IsLocal(domain) => new(FindingLevel.Ok, "dns", name, subject, $"{said}: {name}s try {domain} itself, at port {service.Port}", null),
            LocationOutcome.Found when location.IsFallback => new(
                FindingLevel.Warning, "dns", name, subject, $"{said}: {name}s try {domain} itself, at port {service.Port}", $"where the server is at another host or port, add the record '{example}'"),
            LocationOutcome.Found => new(FindingLevel.Ok, "dns", name, subject, said, null),
            LocationOutcome.NotOffered => new(FindingLevel.Warning, "dns", name, subject, $"the records say that there is no service for {name}s", $"if there is, replace the record's target '.' with the host: '{example}'"),
            LocationOutcome.Unknown => new(FindingLevel.Failure, "dns", name, subject, said, $"the name servers of {domain}, or the one that was asked: Federation:Resolver (--resolver)"),
            _ => new(FindingLevel.Failure, "dns", name, subject, said, "the name: no DNS has it; where it is one of yours, Domains (--domain)"),
        };
    }

    private async Task<IEnumerable<Finding>> HostAsync(string domain, ServiceKind service, ServerLocation location, ServerTarget target, CancellationToken cancellationToken)
    {
        var (addresses, isCertain, steps) = await locator.AddressesAsync(target, cancellationToken);
        var subject = $"{target.Host} A and AAAA";
        var said = string.Join("; ", steps.Select(static step => step.Outcome).Distinct(StringComparer.Ordinal));
        if (addresses.Count == 0)
        {
            return [isCertain ? NoAddress(domain, service, location, target, subject, said) : new(FindingLevel.Failure, "dns", ServicePlace.NameOf(service), subject, said, NoAnswer(target.Host))];
        }

        var findings = steps.Count == 0 ? [] : new List<Finding> { new(FindingLevel.Ok, "dns", ServicePlace.NameOf(service), subject, said, null) };
        var places = addresses.Select(address => new ServicePlace(domain, service, target, new IPEndPoint(address, target.Port), location.IsFallback));
        findings.AddRange((await Task.WhenAll(places.Select(place => PlaceAsync(place, cancellationToken)))).SelectMany(static place => place));
        return findings;
    }

    // Which records there are is not known: none is missing.
    private static string NoAnswer(string name) =>
        $"who is asked for names, Federation:Resolver (--resolver); a firewall before it (port 53, UDP and TCP); or the name servers of {name}";

    private static Finding NoAddress(string domain, ServiceKind service, ServerLocation location, ServerTarget target, string subject, string said)
    {
        var name = ServicePlace.NameOf(service);
        if (!location.IsFallback)
        {
            return new(
                FindingLevel.Failure, "dns", name, subject, said,
                $"add an A or AAAA record for {target.Host}, or correct the target of '{service.RecordName(domain, target.DirectTls)} SRV'");
        }

        // Rooms and components are reached by servers alone.
        var change = $"add the record '{Example(domain, service)}', or an A or AAAA record for {domain}";
        return service == ServiceKind.Client
            ? new(FindingLevel.Warning, "dns", name, subject, $"{said}: no client gets here, nor need it where there are no accounts", $"where there are accounts, {change}")
            : new(FindingLevel.Failure, "dns", name, subject, said, change);
    }

    private static string Example(string domain, ServiceKind service) => $"{service.RecordName(domain, directTls: false)}. SRV 0 5 {service.Port} HOST.";

    private async Task<IEnumerable<Finding>> PlaceAsync(ServicePlace place, CancellationToken cancellationToken)
    {
        if (!policy.Allows(place.Address.Address))
        {
            return [place.Failure("port", "this server is not allowed to connect there", $"the A or AAAA record of {place.Target.Host}, or Federation:AllowPrivateAddresses")];
        }

        var findings = new List<Finding>();
        if (!IsLocal(place.Domain) && !_public.Allows(place.Address.Address))
        {
            findings.Add(place.Warning("port", "a private address: nobody outside of its network gets there", $"the A or AAAA record of {place.Target.Host}, if others are to reach it"));
        }

        findings.AddRange(await probe.RunAsync(place, cancellationToken));
        return findings;
    }
}
