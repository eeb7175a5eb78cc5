namespace Parley.Server.Connections.Bosh;

/// <summary>What an operator decides about BOSH (XEP-0124). Validated when the server starts.</summary>
/// <remarks>What a stanza may be, and how much may wait for a client, is as on every transport: <see cref="Hosting.XmppServerOptions"/>.</remarks>
public sealed class BoshOptions
{
    /// <summary>How long a request is held at most; a client may ask for less ('wait'). Default 60 s.</summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many requests of one session are held at most; a client may ask for fewer ('hold'). Default 1: some clients have no more than two connections, and need one to send.</summary>
    public int MaxHold { get; set; } = 1;

    /// <summary>How long a session may go without a request before it ends ('inactivity'). Default 30 s.</summary>
    public TimeSpan Inactivity { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The same for a client that polls instead of waiting. Default 60 s.</summary>
    public TimeSpan PollingInactivity { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The shortest time between two empty requests ('polling'); a client that is faster has its session ended with policy-violation. Default 5 s.</summary>
    public TimeSpan Polling { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time for which a client may pause ('maxpause'). Default 300 s; one that asks for more goes on as if it had not asked.</summary>
    public TimeSpan MaxPause { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>Bytes of one request of an authenticated client. Default 512 KiB; more ends the session with policy-violation. Before authentication 16 KiB.</summary>
    public int MaxRequestBytes { get; set; } = 512 * 1024;

    /// <summary>Bytes of answers that are kept for a session, to be sent again if they were lost; beyond that the oldest go, the last one never. Default 256 KiB.</summary>
    public int MaxKeptBytes { get; set; } = 256 * 1024;

    /// <summary>Sessions at a time, authenticated or not. Default 50,000; the next is told resource-constraint.</summary>
    public int MaxSessions { get; set; } = 50_000;

    /// <summary>Sessions at a time that one address (IPv6: one /64) has begun and not authenticated yet. Default 1,000; the next is told resource-constraint.</summary>
    public int MaxUnauthenticatedPerAddress { get; set; } = 1000;

    /// <summary>Whether answers of 1 KiB and more are compressed for authenticated clients that take gzip. Default true.</summary>
    public bool Compress { get; set; } = true;
}
