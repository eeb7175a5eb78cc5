using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Parley.Host.Configuration;
using Parley.Host.Diagnosis;
using Parley.Host.Serving;
using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Federation;
using Parley.Server.Hosting;
using Parley.Server.Modules.Muc;

namespace Parley.Host.Commands;

/// <summary><c>parley doctor [DOMAIN…]</c>: what clients and other servers meet on their way to a domain, and whether another server and one's own recognise each other.</summary>
internal static class DoctorCommand
{
    internal static Command Create()
    {
        var domains = new Argument<string[]>("DOMAIN")
        {
            Description = "A domain, Parley's or another. Default: those that are hosted; where there is federation, those of rooms and components too.",
            Arity = new ArgumentArity(0, 100),
        };
        var json = new Option<bool>("--json") { Description = "Writes JSON, as docs/federation.md describes it." };
        var from = new Option<string?>("--from") { HelpName = "DOMAIN", Description = "The hosted domain in whose name other servers are spoken to. Default: the first, unless that is localhost." };
        var options = new ConfigurationOptions();
        var command = new Command(
            "doctor", "Look at a domain from outside: names, ports, STARTTLS, certificates, and with another server whether it comes back. Exits with 1 when something is wrong.")
        {
            domains, json, from,
        };
        options.AddTo(command, shown: ["Domains", nameof(HostSettings.Data), "Federation:Resolver"]);
        command.SetAction(async (result, cancellationToken) =>
        {
            var configuration = options.Load(result);
            var services = new ServiceCollection();
            services.AddXmppServer(configuration.ApplyTo);
            services.Configure<MucOptions>(options => configuration.ApplyTo(nameof(OptionSections.Muc), options));
            services.AddSingleton(static provider => new OwnDomains(provider.GetServerOptions(), provider.GetRequiredService<IRoomServices>()));
            services.AddSingleton<StreamProbe>();
            services.AddSingleton<FederationTrial>();
            services.AddSingleton<DomainExamination>();
            await using var provider = services.BuildServiceProvider();
            var server = provider.GetServerOptions();
            var domainsHere = provider.GetRequiredService<OwnDomains>();
            var own = Own(result.GetValue(from), server, domainsHere);
            List<string> named = result.GetValue(domains) is { Length: > 0 } given ? [.. given.Select(Domain)] : [.. domainsHere.All];
            var identity = own is not null && !named.TrueForAll(domainsHere.Contains) ? Identity(own, configuration.HostSettings(), server, provider) : null;
            var examination = provider.GetRequiredService<DomainExamination>();
            var output = result.InvocationConfiguration.Output;
            var reports = new List<DomainReport>();
            foreach (var domain in named.Distinct(StringComparer.Ordinal))
            {
                reports.Add(await examination.RunAsync(domain, domainsHere.Contains(domain) ? null : identity, cancellationToken));
                if (!result.GetValue(json))
                {
                    ReportDisplay.WriteText(output, reports[^1]);
                }
            }

            if (result.GetValue(json))
            {
                ReportDisplay.WriteJson(output, reports);
            }

            return reports.TrueForAll(static report => report.IsHealthy) ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static string? Own(string? from, XmppServerOptions options, OwnDomains domains)
    {
        if (from is null)
        {
            return domains.First;
        }

        return domains.Contains(Domain(from))
            ? Domain(from)
            : throw new CommandException(
                ExitCode.Usage, $"--from: {from} is not among {Setting.Name(nameof(options.Domains))} ({string.Join(", ", options.Domains)}); give this command the options that the server has.");
    }

    private static OwnServer Identity(string own, HostSettings settings, XmppServerOptions options, IServiceProvider services)
    {
        var files = ActivatorUtilities.CreateInstance<CertificateFiles>(services, CertificatePlan.Present(settings, options.Domains));
        var secret = options.Federation.DialbackSecret ?? DialbackSecretFile.Read(settings.Data);
        return new OwnServer(own, files.Find(own), secret is null ? null : new DialbackKeys(new FederationOptions { DialbackSecret = secret }));
    }

    private static string Domain(string text) => Jid.TryCreate(null, text, null, out var jid)
        ? jid.Domain
        : throw new CommandException(ExitCode.Usage, $"'{text}' is no domain name; it takes a name such as 'example.org'.");
}
