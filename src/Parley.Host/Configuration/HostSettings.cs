using Microsoft.Extensions.Logging;

namespace Parley.Host.Configuration;

/// <summary>What the program decides beyond the server's own options: where it listens, and where its files are. <see cref="Setting"/> explains each key.</summary>
internal sealed class HostSettings
{
    public const string DefaultDomain = "localhost";

    public string Data { get; set; } = "data";

    public string? Store { get; set; }

    public IList<string> Bind { get; } = [];

    public string C2sPort { get; set; } = "5222";

    public string C2sTlsPort { get; set; } = "5223";

    public string HttpPort { get; set; } = "5280";

    public string HttpsPort { get; set; } = "5443";

    public string S2sPort { get; set; } = "5269";

    public string S2sTlsPort { get; set; } = "5270";

    public string ComponentPort { get; set; } = "5347";

    public IList<string> ComponentBind { get; } = [];

    public IList<string> Certificates { get; } = [];

    public IList<string> Keys { get; } = [];

    public bool ProxyProtocol { get; set; }

    public IDictionary<string, string> Www { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether the folders of <see cref="Www"/> list what is in them. Default false.</summary>
    public bool WwwListing { get; set; }

    /// <summary>Whether <c>/crossdomain.xml</c> tells old Flash clients which sites may use the web. Default false.</summary>
    public bool CrossDomain { get; set; }

    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    public string CertificateDirectory => Path.Combine(Data, "certificates");

    /// <summary>What is said of a port that is not listened on.</summary>
    internal const string Off = "off";

    /// <summary>Whether other servers can connect.</summary>
    internal bool HasServerPort => !IsOff(S2sPort) || !IsOff(S2sTlsPort);

    internal static bool IsOff(string port) => port.Equals(Off, StringComparison.OrdinalIgnoreCase);

    /// <summary>What was said of a port.</summary>
    /// <param name="key">The key that chooses it.</param>
    internal string Port(string key) => key switch
    {
        nameof(C2sPort) => C2sPort,
        nameof(C2sTlsPort) => C2sTlsPort,
        nameof(HttpPort) => HttpPort,
        nameof(S2sPort) => S2sPort,
        nameof(S2sTlsPort) => S2sTlsPort,
        nameof(ComponentPort) => ComponentPort,
        nameof(HttpsPort) => HttpsPort,
        _ => throw new ArgumentOutOfRangeException(nameof(key)),
    };
}
