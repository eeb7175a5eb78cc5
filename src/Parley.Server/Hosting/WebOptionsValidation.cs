using Microsoft.Extensions.Options;
using Parley.Server.Connections;

namespace Parley.Server.Hosting;

/// <summary>Checks the options of the web when the server starts; each message names the key and what it takes.</summary>
internal sealed class WebOptionsValidation : IValidateOptions<WebOptions>
{
    public ValidateOptionsResult Validate(string? name, WebOptions options)
    {
        var failures = new List<string>();
        failures.AddRange(options.AllowedOrigins
            .Where(static origin => origin != AllowedOrigins.All && AllowedOrigins.Normalize(origin) is null)
            .Select(static origin => $"{nameof(options.AllowedOrigins)}: '{origin}' is no origin; it takes one such as 'https://chat.example.org', or '*' for all."));
        failures.AddRange(options.TrustedProxies
            .Where(static proxy => NetworkList.Parse(proxy) is null)
            .Select(static proxy => $"{nameof(options.TrustedProxies)}: '{proxy}' is neither an IP address nor a network; it takes one such as 127.0.0.1 or 10.0.0.0/8."));
        failures.AddRange(options.Names
            .Where(static name => Uri.CheckHostName(name) != UriHostNameType.Dns)
            .Select(static name => $"{nameof(options.Names)}: '{name}' is no name of a host; it takes one such as 'chat.test', without a port."));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
