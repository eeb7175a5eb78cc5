using Microsoft.Extensions.Options;
using Parley.Server.Connections;

namespace Parley.Web.Metrics;

/// <summary>Checks that those who may read the figures are addresses.</summary>
internal sealed class MetricsOptionsValidation : IValidateOptions<MetricsOptions>
{
    public ValidateOptionsResult Validate(string? name, MetricsOptions options)
    {
        var failures = options.Clients
            .Where(static client => NetworkList.Parse(client) is null)
            .Select(static client => $"{nameof(options.Clients)}: '{client}' is neither an IP address nor a network; it takes one such as 192.0.2.1 or 10.0.0.0/8.")
            .ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
