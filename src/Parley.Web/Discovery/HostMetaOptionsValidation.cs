using Microsoft.Extensions.Options;
using Parley.Server.Hosting;

namespace Parley.Web.Discovery;

/// <summary>Checks that the public addresses are ones that XEP-0156 allows to publish: under TLS.</summary>
internal sealed class HostMetaOptionsValidation : IValidateOptions<HostMetaOptions>
{
    public ValidateOptionsResult Validate(string? name, HostMetaOptions options)
    {
        List<string> failures =
        [
            .. Check(nameof(options.WebSocketAddress), options.WebSocketAddress, AlternativeConnection.WebSocket),
            .. Check(nameof(options.BoshAddress), options.BoshAddress, AlternativeConnection.Bosh),
        ];
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Check(string key, string? address, AlternativeConnection connection)
    {
        if (address is not null && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == connection.Scheme))
        {
            yield return $"{key}: '{address}' does not do; it takes an address that begins with {connection.Scheme}://.";
        }
    }
}
