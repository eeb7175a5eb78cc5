using System.Text;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Modules;
using Parley.Server.Sessions.Components;

namespace Parley.Server.Hosting;

/// <summary>Checks the options when the server starts; each message names the key and what it takes.</summary>
internal sealed class XmppServerOptionsValidation : IValidateOptions<XmppServerOptions>
{
    private const int MinScramIterations = 4096;

    public ValidateOptionsResult Validate(string? name, XmppServerOptions options)
    {
        var failures = new List<string>();
        if (options.Domains.Count == 0)
        {
            failures.Add("Domains: name at least one domain, such as 'example.org'.");
        }

        foreach (var domain in options.Domains)
        {
            if (!Jid.TryCreate(null, domain, null, out var jid))
            {
                failures.Add($"Domains: '{domain}' is no domain name; it takes a name such as 'example.org'.");
            }
            else if (jid.Domain != domain)
            {
                failures.Add($"Domains: write '{domain}' as '{jid.Domain}'.");
            }
        }

        if (options.Domains.Distinct(StringComparer.Ordinal).Count() != options.Domains.Count)
        {
            failures.Add("Domains: a domain is named twice.");
        }

        foreach (var mechanism in options.SaslMechanisms.Except(SaslMechanismNames.All, StringComparer.Ordinal))
        {
            failures.Add($"SaslMechanisms: '{mechanism}' is unknown; it takes any of {string.Join(", ", SaslMechanismNames.All)}.");
        }

        if (options.ScramIterations < MinScramIterations)
        {
            failures.Add($"ScramIterations: {options.ScramIterations} is too few; it takes {MinScramIterations} or more.");
        }

        AtLeast(failures, nameof(options.MaxOutputBytes), options.MaxOutputBytes, 64 * 1024);
        AtLeast(failures, nameof(options.MaxHeldBytes), options.MaxHeldBytes, 0);
        AtLeast(failures, nameof(options.MaxResources), options.MaxResources, 1);
        AtLeast(failures, nameof(options.MaxAuthenticationFailures), options.MaxAuthenticationFailures, 1);
        AtLeast(failures, nameof(options.MaxBytesPerSecond), options.MaxBytesPerSecond, 1024);
        AtLeast(failures, nameof(options.MaxConnectionsPerAddress), options.MaxConnectionsPerAddress, 0);
        AtLeast(failures, nameof(options.MaxConnectionsPerMinute), options.MaxConnectionsPerMinute, 0);
        AtLeast(failures, nameof(options.MaxOfflineMessages), options.MaxOfflineMessages, 0);
        AtLeast(failures, nameof(options.MaxRosterItems), options.MaxRosterItems, 1);

        AtLeast(failures, nameof(options.ArchivePageSize), options.ArchivePageSize, 1);
        AtLeast(failures, nameof(options.MaxArchivePageSize), options.MaxArchivePageSize, 1);
        AtLeast(failures, nameof(options.MaxComponentBytesPerSecond), options.MaxComponentBytesPerSecond, 1024);
        AtLeast(failures, nameof(options.MaxComponentOutputBytes), options.MaxComponentOutputBytes, 64 * 1024);
        CheckArchive(failures, options);
        CheckComponents(failures, options);
        CheckDelegations(failures, options);
        CheckContacts(failures, options);
        MoreThanZero(failures, nameof(options.NegotiationTimeout), options.NegotiationTimeout);
        MoreThanZero(failures, nameof(options.CloseTimeout), options.CloseTimeout);
        MoreThanZero(failures, nameof(options.AcknowledgementTimeout), options.AcknowledgementTimeout);
        NotNegative(failures, nameof(options.IdleTimeout), options.IdleTimeout);

        if (options.ResumptionTime < TimeSpan.Zero || options.ResumptionTime > TimeSpan.FromDays(7))
        {
            failures.Add($"{nameof(options.ResumptionTime)}: {options.ResumptionTime} will not do; it takes a time up to seven days, or zero for no resumption.");
        }

        // RFC 6120 §13.12: no limit on stanzas below 10,000 bytes.
        AtLeast(failures, "StanzaLimits:MaxBytes", options.StanzaLimits.MaxBytes, 10_000);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void MoreThanZero(List<string> failures, string key, TimeSpan value)
    {
        if (value <= TimeSpan.Zero)
        {
            failures.Add($"{key}: {value} is too short; it takes a time above zero.");
        }
    }

    private static void CheckArchive(List<string> failures, XmppServerOptions options)
    {
        AtLeast(failures, nameof(options.ArchiveMaxMessages), options.ArchiveMaxMessages, 0);
        NotNegative(failures, nameof(options.ArchiveMaxAge), options.ArchiveMaxAge);
        foreach (var (domain, limits) in options.ArchiveLimits)
        {
            var key = $"{nameof(options.ArchiveLimits)}:{domain}";
            if (!options.Domains.Any(hosted => domain == hosted || domain.EndsWith($".{hosted}", StringComparison.Ordinal)))
            {
                failures.Add($"{key}: there is no such domain; it takes any of {string.Join(", ", options.Domains)}, or a service under one of them.");
            }

            AtLeast(failures, $"{key}:{nameof(limits.MaxMessages)}", limits.MaxMessages ?? 0, 0);
            NotNegative(failures, $"{key}:{nameof(limits.MaxAge)}", limits.MaxAge ?? TimeSpan.Zero);
        }
    }

    private static void CheckComponents(List<string> failures, XmppServerOptions options)
    {
        foreach (var (domain, component) in options.Components)
        {
            var key = $"{nameof(options.Components)}:{domain}";
            if (!Jid.TryCreate(null, domain, null, out var jid))
            {
                failures.Add($"{key}: that is no domain name; it takes a name such as 'irc.example.org'.");
            }
            else if (jid.Domain != domain)
            {
                failures.Add($"{key}: write it as '{jid.Domain}'.");
            }
            else if (options.Domains.Contains(domain))
            {
                failures.Add($"{key}: the server itself hosts that domain; it takes another, such as 'irc.{domain}'.");
            }

            if (Encoding.UTF8.GetByteCount(component.Secret) < ComponentOptions.MinSecretBytes)
            {
                failures.Add($"{key}:{nameof(component.Secret)}: it is too short; it takes {ComponentOptions.MinSecretBytes} bytes or more, such as 'openssl rand -hex 16' makes.");
            }
        }
    }

    private static void CheckDelegations(List<string> failures, XmppServerOptions options)
    {
        var namespaces = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (domain, component) in options.Components)
        {
            foreach (var text in component.Delegations)
            {
                var key = $"{nameof(options.Components)}:{domain}:{nameof(component.Delegations)}";
                if (string.IsNullOrWhiteSpace(text))
                {
                    failures.Add($"{key}: one is empty; it takes a namespace, such as 'http://jabber.org/protocol/pubsub'.");
                }
                else if (!namespaces.Add(text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]))
                {
                    failures.Add($"{key}: '{text}' is delegated already; a namespace has one component.");
                }
            }
        }
    }

    private static void NotNegative(List<string> failures, string key, TimeSpan value)
    {
        if (value < TimeSpan.Zero)
        {
            failures.Add($"{key}: {value} is negative; it takes a time, or zero for ever.");
        }
    }

    private static void CheckContacts(List<string> failures, XmppServerOptions options)
    {
        foreach (var (name, addresses) in options.Contacts)
        {
            if (!ContactAddressesModule.Fields.Contains(name, StringComparer.Ordinal))
            {
                failures.Add($"Contacts: '{name}' is unknown; it takes any of {string.Join(", ", ContactAddressesModule.Fields)}.");
            }

            failures.AddRange(addresses
                .Where(address => !Uri.TryCreate(address, UriKind.Absolute, out _))
                .Select(address => $"Contacts:{name}: '{address}' is no URI; it takes one such as 'mailto:xmpp@example.org'."));
        }
    }

    private static void AtLeast(List<string> failures, string key, int value, int least)
    {
        if (value < least)
        {
            failures.Add($"{key}: {value} is too small; it takes {least} or more.");
        }
    }
}
