using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;

namespace Parley.Server.Connections;

/// <summary>Logs what clients send and get under the category <c>Parley.Wire</c>, secrets hidden. Off, it stands nowhere in the way.</summary>
/// <remarks>Messages are shown as they are: who reads this log reads what people write.</remarks>
public sealed partial class WireLog(IOptions<XmppServerOptions> options, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("Parley.Wire");

    /// <summary>Whether it is on (<see cref="XmppServerOptions.WireLog"/>).</summary>
    internal bool IsOn { get; } = options.Value.WireLog;

    /// <summary>Puts the log before a sink: what goes through it is logged.</summary>
    internal IByteSink Before(IByteSink sink, string streamId) => new Tap(this, sink, streamId);

    /// <summary>Logs a whole token that arrived.</summary>
    internal void Received(string streamId, ReadOnlySpan<byte> token) => Log.Wire(_logger, streamId, "<<", Hide(Encoding.UTF8.GetString(token)));

    /// <summary>Logs what is sent: whole elements.</summary>
    internal void Sent(string streamId, ReadOnlySpan<byte> bytes) => Log.Wire(_logger, streamId, ">>", Hide(Encoding.UTF8.GetString(bytes)));

    /// <summary>XML without the content of what carries secrets: SASL's data, passwords, digests, secret fields of forms.</summary>
    internal static string Hide(string xml) => SecretField().Replace(SecretElement().Replace(xml, "${open}[hidden]"), "${open}[hidden]${close}");

    // Any prefix, any namespace: hiding too much is no loss. What is logged comes from anybody, hence no backtracking.
    private const RegexOptions Linear = RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    [GeneratedRegex(
        @"(?<open><([\w.-]+:)?(auth|challenge|response|success|abort|initial-response|additional-data|password|digest|handshake|token)(\s[^>]*)?>)([^<]|<!\[CDATA\[.*?\]\]>)+",
        Linear)]
    private static partial Regex SecretElement();

    [GeneratedRegex(@"(?<open><([\w.-]+:)?field\s[^>]*(password|text-private)[^>]*>).*?(?<close></([\w.-]+:)?field\s*>|$)", Linear)]
    private static partial Regex SecretField();

    private sealed class Tap(WireLog log, IByteSink sink, string streamId) : IByteSink
    {
        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            log.Sent(streamId, bytes.Span);
            return sink.WriteAsync(bytes, cancellationToken);
        }
    }
}
