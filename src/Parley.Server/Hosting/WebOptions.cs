namespace Parley.Server.Hosting;

/// <summary>What an operator decides about everything that is served over HTTP. Validated when the server starts.</summary>
public sealed class WebOptions
{
    /// <summary>
    /// The origins, such as <c>https://chat.example.org</c>, whose pages may use BOSH and WebSocket; <c>*</c> for all. Default: none but the origin that the request itself is for.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>
    /// The proxies, by address or network (<c>10.0.0.0/8</c>), that are believed who the client is: by X-Forwarded-For, -Proto and -Host, and by the PROXY protocol where that is on.
    /// Default: none.
    /// </summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>
    /// More names by which browsers on this machine reach this server, such as one of <c>/etc/hosts</c>. What is for this machine alone is refused to requests for any other name than
    /// these, <c>localhost</c>, an IP address, the hosted domains, and the hosts of <see cref="AllowedOrigins"/>: a page of anybody's could have its own name resolve to loopback. Default: none.
    /// </summary>
    public IList<string> Names { get; } = [];
}
