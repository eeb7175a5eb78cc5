using Microsoft.Extensions.Options;

namespace Parley.Server.Connections.WebSockets;

/// <summary>Checks the options when the server starts; each message names the key and what it takes.</summary>
internal sealed class XmppWebSocketOptionsValidation : IValidateOptions<XmppWebSocketOptions>
{
    private static readonly string[] Schemes = ["wss", "https", "ws", "http"];

    public ValidateOptionsResult Validate(string? name, XmppWebSocketOptions options)
    {
        var failures = new List<string>();
        if (options.PingInterval < TimeSpan.Zero)
        {
            failures.Add($"{nameof(options.PingInterval)}: {options.PingInterval} is negative; it takes a time, or zero for no pings.");
        }

        if (options.PingTimeout <= TimeSpan.Zero)
        {
            failures.Add($"{nameof(options.PingTimeout)}: {options.PingTimeout} is too short; it takes a time above zero.");
        }

        CheckUri(failures, nameof(options.SeeOtherUri), options.SeeOtherUri);
        CheckUri(failures, nameof(options.ShutdownSeeOtherUri), options.ShutdownSeeOtherUri);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    // A WebSocket, or BOSH (RFC 7395 §3.6.1).
    private static void CheckUri(List<string> failures, string key, string? value)
    {
        if (value is not null && !(Uri.TryCreate(value, UriKind.Absolute, out var uri) && Schemes.Contains(uri.Scheme, StringComparer.Ordinal)))
        {
            failures.Add($"{key}: '{value}' will not do; it takes a URI such as 'wss://chat.example.org/xmpp-websocket'.");
        }
    }
}
