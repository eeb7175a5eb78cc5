using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Server.Federation.Dns;
using Parley.Server.Hosting;

namespace Parley.Server.Federation;

/// <summary>Checks <see cref="XmppServerOptions.Federation"/> when the server starts, the files that it names too; each message names the key and what it takes.</summary>
internal sealed class FederationOptionsValidation : IValidateOptions<XmppServerOptions>
{
    private const int MaxAttempts = 10;
    private const int MinCacheRecords = 100;
    private const int MinSecretLength = 32;
    private const int MinQueuedBytes = 4096;
    private static readonly TimeSpan MaxRetry = TimeSpan.FromDays(1);
    private static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(10);

    public ValidateOptionsResult Validate(string? name, XmppServerOptions options)
    {
        var federation = options.Federation;
        string?[] failures =
        [
            Resolver(federation.Resolver),
            Time(nameof(federation.ResolverTimeout), federation.ResolverTimeout),
            federation.ResolverAttempts is >= 1 and <= MaxAttempts
                ? null
                : $"{Key(nameof(federation.ResolverAttempts))}: {federation.ResolverAttempts} will not do; it takes 1 to {MaxAttempts}.",
            federation.ResolverCacheRecords >= MinCacheRecords
                ? null
                : $"{Key(nameof(federation.ResolverCacheRecords))}: {federation.ResolverCacheRecords} is too small; it takes {MinCacheRecords} or more.",
            Time(nameof(federation.ConnectTimeout), federation.ConnectTimeout),
            Time(nameof(federation.ConnectDeadline), federation.ConnectDeadline),
            Authorities(federation.Authorities),
            federation.DialbackSecret is { Length: < MinSecretLength }
                ? $"{Key(nameof(federation.DialbackSecret))}: it is too short; it takes {MinSecretLength} characters or more, such as 'openssl rand -hex 32' prints."
                : null,
            federation.MaxQueuedBytes >= MinQueuedBytes
                ? null
                : $"{Key(nameof(federation.MaxQueuedBytes))}: {federation.MaxQueuedBytes} is too small; it takes {MinQueuedBytes} or more.",
            federation.MaxUnacknowledgedBytes >= MinQueuedBytes
                ? null
                : $"{Key(nameof(federation.MaxUnacknowledgedBytes))}: {federation.MaxUnacknowledgedBytes} is too small; it takes {MinQueuedBytes} or more.",
            federation.ResumptionTime >= TimeSpan.Zero && federation.ResumptionTime <= MaxRetry
                ? null
                : $"{Key(nameof(federation.ResumptionTime))}: {federation.ResumptionTime} will not do; it takes a time up to a day, or zero for none.",
            federation.IdleTimeout >= TimeSpan.Zero
                ? null
                : $"{Key(nameof(federation.IdleTimeout))}: {federation.IdleTimeout} will not do; it takes a time, or zero for ever.",
            Time(nameof(federation.RetryDelay), federation.RetryDelay),
            federation.MaxRetryDelay >= federation.RetryDelay && federation.MaxRetryDelay <= MaxRetry
                ? null
                : $"{Key(nameof(federation.MaxRetryDelay))}: {federation.MaxRetryDelay} will not do; it takes a time from {nameof(federation.RetryDelay)} up to a day.",
            federation.MaxRemoteDomains >= 1
                ? null
                : $"{Key(nameof(federation.MaxRemoteDomains))}: {federation.MaxRemoteDomains} is too small; it takes 1 or more.",
            .. federation.Policies.Keys.Select(Domain),
        ];
        return failures.OfType<string>().ToList() is { Count: > 0 } found ? ValidateOptionsResult.Fail(found) : ValidateOptionsResult.Success;
    }

    private static string Key(string name) => $"{nameof(XmppServerOptions.Federation)}:{name}";

    private static string? Time(string name, TimeSpan value) => value > TimeSpan.Zero && value <= MaxTime
        ? null
        : $"{Key(name)}: {value} will not do; it takes a time above zero, up to ten minutes.";

    // As stanzas have it, so that it is found.
    private static string? Domain(string domain) => Jid.TryParse(domain, out var jid) && jid.IsDomain && jid.Domain == domain
        ? null
        : $"{Key(nameof(FederationOptions.Policies))}: '{domain}' is no domain as addresses have it; it takes one such as example.org.";

    private static string? Resolver(string setting)
    {
        if (!ResolverSetting.IsFile(setting))
        {
            return null;
        }

        var key = Key(nameof(FederationOptions.Resolver));
        try
        {
            DnsAnswerFile.Read(setting);
            return null;
        }
        catch (FormatException e)
        {
            return $"{key}: '{setting}': {e.Message}.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"{key}: '{setting}' cannot be read; it takes 'system', a server's address such as 127.0.0.1:53, or the path of a file of fixed answers.";
        }
    }

    private static string? Authorities(string? path)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            return certificates.Count > 0 ? null : $"{Key(nameof(FederationOptions.Authorities))}: there is no certificate in '{path}'; it takes a PEM file.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            return $"{Key(nameof(FederationOptions.Authorities))}: '{path}' cannot be read: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}; it takes a PEM file.";
        }
    }
}
