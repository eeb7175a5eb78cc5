using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Parley.Host.Configuration;
using Parley.Host.Diagnosis;
using Parley.Host.Serving;
using Parley.Protocol.Addressing;
using Parley.Server.Federation;

namespace Parley.Host.Commands;

/// <summary><c>parley doctor [DOMAIN…]</c>: what clients and other servers meet on their way to a domain.</summary>
internal static class DoctorCommand
{
    internal static Command Create()
    {
        var domains = new Argument<string[]>("DOMAIN")
        {
            Description = "A domain, Parley's or another; rooms' and components' domains too. Default: those that are hosted.",
            Arity = new ArgumentArity(0, 100),
        };
        var json = new Option<bool>("--json") { Description = "Writes JSON, as docs/federation.md describes it." };
        var options = new ConfigurationOptions();
        var command = new Command("doctor", "Look at a domain from outside: names, ports, STARTTLS, certificates. Exits with 1 when something is wrong.") { domains, json };
        options.AddTo(command, shown: ["Domains", "Federation:Resolver"]);
        command.SetAction(async (result, cancellationToken) =>
        {
            var configuration = options.Load(result);
            var services = new ServiceCollection();
            services.AddXmppServer(configuration.ApplyTo);
            services.AddSingleton<StreamProbe>();
            services.AddSingleton<DomainExamination>();
            await using var provider = services.BuildServiceProvider();
            var hosted = provider.GetServerOptions().Domains;
            var named = result.GetValue(domains) is { Length: > 0 } given ? [.. given.Select(Domain)] : hosted;
            var examination = provider.GetRequiredService<DomainExamination>();
            var output = result.InvocationConfiguration.Output;
            var reports = new List<DomainReport>();
            foreach (var domain in named.Distinct(StringComparer.Ordinal))
            {
                reports.Add(await examination.RunAsync(domain, cancellationToken));
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

    private static string Domain(string text) => Jid.TryCreate(null, text, null, out var jid)
        ? jid.Domain
        : throw new CommandException(ExitCode.Usage, $"'{text}' is no domain name; it takes a name such as 'example.org'.");
}
