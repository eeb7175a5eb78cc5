using System.Net;
using Parley.Server.Federation.Dns;

namespace Parley.Server.Federation;

/// <summary>Finds where a domain's server is (RFC 6120 §3.2, XEP-0368).</summary>
/// <remarks>
/// <para>SRV records with STARTTLS and with direct TLS are taken together, priorities and weights mixed. Where there are none of either kind, the domain itself is the
/// host, at the usual port; so too when nobody answered for them (RFC 6120 §3.2.1). A server for names that answers with a failure is another matter: that may be a
/// signature that is wrong, and then nothing is guessed. Nor is anything else tried when the hosts that the records name cannot be reached.</para>
/// <para>A domain that is an address is the host as it is.</para>
/// </remarks>
public sealed class ServerLocator(IDnsResolver resolver, ServiceOrder order)
{
    /// <summary>Hosts that are tried at most; those that come behind them are not.</summary>
    public const int MaxTargets = 16;

    /// <summary>Addresses of one host that are tried at most.</summary>
    public const int MaxAddresses = 8;

    /// <summary>Finds where to connect to.</summary>
    /// <param name="domain">The domain of an address, U-labels allowed.</param>
    /// <param name="service">What is looked for there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<ServerLocation> LocateAsync(string domain, ServiceKind service, CancellationToken cancellationToken)
    {
        if (Literals.Parse(domain) is { } address)
        {
            return new ServerLocation(LocationOutcome.Found, [new ServerTarget(address.ToString(), service.Port, DirectTls: false)], []);
        }

        if (!DnsName.TryParse(domain, out var name) || !DnsName.TryParse(service.RecordName(name, directTls: true), out _))
        {
            return new ServerLocation(LocationOutcome.NotFound, [], [new LookupStep(domain, "is no name that can be looked up")]);
        }

        var answers = await Task.WhenAll(AskAsync(directTls: false), AskAsync(directTls: true));
        LookupStep[] steps = [.. answers.Select(static answer => new LookupStep($"{answer.Name} SRV", Describe(answer.Answer)))];
        var offered = answers
            .SelectMany(static answer => answer.Answer.Records.OfType<DnsService>().Select(record => (answer.DirectTls, Record: record)))
            .ToList();
        var targets = order
            .Arrange(offered.Where(static service => service.Record.Target.Length > 0), static service => service.Record)
            .Select(static service => new ServerTarget(service.Record.Target, service.Record.Port, service.DirectTls))
            .Distinct()
            .Take(MaxTargets)
            .ToList();
        if (targets.Count > 0)
        {
            return new ServerLocation(LocationOutcome.Found, targets, steps);
        }

        return answers switch
        {
            _ when Array.Exists(answers, static answer => answer.Answer.Outcome == DnsOutcome.ServerFailure) => new(LocationOutcome.Unknown, [], steps),
            _ when offered.Count > 0 => new(LocationOutcome.NotOffered, [], steps),
            _ => new(LocationOutcome.Found, [new ServerTarget(name, service.Port, DirectTls: false)], steps, IsFallback: true, Array.TrueForAll(answers, static answer => answer.Answer.IsCertain)),
        };

        async Task<(bool DirectTls, DnsAnswer Answer, string Name)> AskAsync(bool directTls)
        {
            var record = service.RecordName(name, directTls);
            return (directTls, await resolver.ResolveAsync(record, DnsType.Srv, cancellationToken), record);
        }
    }

    /// <summary>Finds the addresses of a host, IPv6 and IPv4 in turn, IPv6 first (RFC 8305 §4).</summary>
    /// <param name="target">The host.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The addresses, at most <see cref="MaxAddresses"/>, whether it is certain that there are no others, and what was asked.</returns>
    public async ValueTask<(IReadOnlyList<IPAddress> Addresses, bool IsCertain, IReadOnlyList<LookupStep> Steps)> AddressesAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        if (target.Literal is { } literal)
        {
            return ([literal], true, []);
        }

        var both = await Task.WhenAll(
            resolver.ResolveAsync(target.Host, DnsType.Aaaa, cancellationToken).AsTask(),
            resolver.ResolveAsync(target.Host, DnsType.A, cancellationToken).AsTask());
        var addresses = both
            .Select(static answer => answer.Records.OfType<DnsAddress>().Select(static (record, place) => (place, record.Address)))
            .SelectMany(static family => family)
            .OrderBy(static candidate => candidate.place)
            .Select(static candidate => candidate.Address)
            .Distinct()
            .Take(MaxAddresses)
            .ToList();
        LookupStep[] steps = [new($"{target.Host} AAAA", Describe(both[0])), new($"{target.Host} A", Describe(both[1]))];
        return (addresses, Array.TrueForAll(both, static answer => answer.IsCertain), steps);
    }

    private static string Describe(DnsAnswer answer) => answer.Outcome switch
    {
        DnsOutcome.Found => string.Join(", ", answer.Records.Select(Describe)),
        DnsOutcome.NoSuchDomain => "there is no such name",
        DnsOutcome.NoSuchRecord => "there is no such record",
        DnsOutcome.TimedOut => "no answer" + Because(answer),
        _ => "failed" + Because(answer),
    };

    private static string Because(DnsAnswer answer) => answer.Detail is { } detail ? $" ({detail.TrimEnd('.')})" : "";

    private static string Describe(DnsRecord record) => record switch
    {
        DnsService { Target: "" } => "not offered",
        DnsService service => $"{service.Priority} {service.Weight} {service.Port} {service.Target}",
        DnsAddress address => address.Address.ToString(),
        _ => record.Owner,
    };
}
