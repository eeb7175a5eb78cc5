namespace Parley.Web.Discovery;

/// <summary>What <c>/.well-known/host-meta</c> says of where clients connect, instead of what the request itself shows. Validated when the server starts.</summary>
public sealed class HostMetaOptions
{
    /// <summary>The public address of WebSocket, such as <c>wss://example.org/xmpp-websocket</c>. Default: where the request was sent to.</summary>
    public string? WebSocketAddress { get; set; }

    /// <summary>The public address of BOSH, such as <c>https://example.org/http-bind</c>. Default: where the request was sent to.</summary>
    public string? BoshAddress { get; set; }
}
