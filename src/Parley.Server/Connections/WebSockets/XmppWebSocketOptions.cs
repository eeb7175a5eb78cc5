namespace Parley.Server.Connections.WebSockets;

/// <summary>What an operator decides about XMPP over WebSocket (RFC 7395). Validated when the server starts.</summary>
public sealed class XmppWebSocketOptions
{
    /// <summary>
    /// How long a client may be silent before it is pinged (RFC 6455 §5.5.2); zero for never. Default 45 s: less than the minute after which proxies such as nginx give a silent connection up.
    /// </summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How long a client that was pinged may go on being silent, before its connection counts as lost and its session waits to be resumed. Default 30 s.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether messages may be compressed (permessage-deflate, RFC 7692), each by itself. Default false: it costs each message some ten times the time that it takes without, and
    /// 300 KiB of memory while it lasts.
    /// </summary>
    public bool Compression { get; set; }

    /// <summary>Where clients are to connect instead: every stream is closed with this URI as it opens (RFC 7395 §3.6.1). Default none: they are served here.</summary>
    public string? SeeOtherUri { get; set; }

    /// <summary>Where clients are to connect when this server stops: streams that are closed because of that say so. Default none.</summary>
    public string? ShutdownSeeOtherUri { get; set; }
}
