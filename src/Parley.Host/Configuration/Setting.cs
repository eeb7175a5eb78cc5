namespace Parley.Host.Configuration;

/// <summary>One thing that can be said on the command line, and the configuration key that says the same in a file or the environment.</summary>
/// <param name="Flag">The option of the command line.</param>
/// <param name="Key">The key of the configuration.</param>
/// <param name="ValueName">What help calls the value; null for a switch, which takes none.</param>
/// <param name="IsList">Whether it may be given more than once.</param>
/// <param name="SwitchValue">What a switch sets the key to.</param>
/// <param name="Description">What help says.</param>
internal sealed record Setting(string Flag, string Key, string? ValueName, bool IsList, string? SwitchValue, string Description)
{
    /// <summary>For a key of named objects: what of one its option sets, as <c>NAME=VALUE</c>. Null for all other keys.</summary>
    internal string? ItemKey { get; private init; }

    internal static IReadOnlyList<Setting> All { get; } =
    [
        List("--domain", "Domains", "NAME", "A domain to host; the first is the default one. Default: localhost."),
        Value("--data", "Data", "DIR", "The directory of everything that is kept. Default: ./data."),
        Value("--store", "Store", "STORE", "Where accounts and messages are kept: sqlite:PATH, or 'Host=…;Username=…;Database=…' for PostgreSQL (its password: better in PARLEY__STORE or PGPASSFILE). Default: sqlite:DIR/parley.db in the data directory."),
        List("--bind", "Bind", "ADDRESS", "An IP address to listen on. Default: loopback when localhost is the only domain, else any."),
        Value("--c2s-port", "C2sPort", "PORT", "Clients with STARTTLS; 0 picks a free port, 'off' disables. Default: 5222."),
        Value("--c2s-tls-port", "C2sTlsPort", "PORT", "Clients with direct TLS; 0 picks a free port, 'off' disables. Default: 5223."),
        Value("--http-port", "HttpPort", "PORT", "The web without TLS; 0 picks a free port, 'off' disables. Default: 5280."),
        Value("--https-port", "HttpsPort", "PORT", "The web under TLS; 0 picks a free port, 'off' disables. Default: 5443."),
        Value("--s2s-port", "S2sPort", "PORT", "Other servers with STARTTLS; 0 picks a free port, 'off' disables. Default: 5269, and off when localhost is the only domain."),
        Value("--s2s-tls-port", "S2sTlsPort", "PORT", "Other servers with direct TLS; 0 picks a free port, 'off' disables. Default: 5270, and off when localhost is the only domain."),
        List("--trusted-proxy", "Web:TrustedProxies", "ADDRESS|NETWORK", "A proxy that is believed who the client is. Default: none."),
        Switch("--proxy-protocol", "ProxyProtocol", "true", "Trusted proxies say by the PROXY protocol who the client is, on the ports for clients."),
        Map("--www", "Www", "/", "[PATH=]DIR", "A folder to serve, at / or another path."),
        Switch("--www-listing", "WwwListing", "true", "Lists what is in a served folder that has no index.html."),
        Switch("--cross-domain", "CrossDomain", "true", "Serves /crossdomain.xml, which lets old Flash clients of the allowed origins in."),
        List("--component", "Components", "DOMAIN=SECRET", "An external component (XEP-0114) and its secret of 16 bytes or more (whoever sees the process sees it: better in the file).") with { ItemKey = "Secret" },
        Value("--component-port", "ComponentPort", "PORT", "External components, where there are any; 0 picks a free port, 'off' disables. Default: 5347."),
        List("--component-bind", "ComponentBind", "ADDRESS", "An IP address to listen on for components: what they say is not encrypted. Default: loopback."),
        List("--certificate", "Certificates", "[DOMAIN=]PATH", "A PEM file with the certificate and its chain; without a domain, the default domain's."),
        List("--key", "Keys", "[DOMAIN=]PATH", "The PEM file with the certificate's key. Default: the certificate's file."),
        Value("--archive", "ArchiveDefault", "WHOSE", "Whose messages are archived for accounts that have said nothing: always, roster or never. Default: always."),
        Value("--resolver", "Federation:Resolver", "RESOLVER", "Who answers for domain names: system, a server's address such as 127.0.0.1:5353, or a file of fixed answers. Default: system."),
        Switch("--allow-registration", "Registration", "Open", "Lets anybody create an account from a client."),
        Switch("--allow-insecure", "AllowInsecure", "true", "Lets clients go on and send passwords without TLS. For tests only."),
        Switch("--no-rate-limits", "RateLimits", "false", "Neither slows clients down nor keeps them from guessing. For tests only."),
        Switch("--wire-log", "WireLog", "true", "Logs what clients send and get, passwords hidden."),
        Value("--log-level", "LogLevel", "LEVEL", "Trace, Debug, Information, Warning, Error, Critical or None. Default: Information."),
    ];

    /// <summary>For a key whose values have names, <c>NAME=VALUE</c>: the name of a value that is said without one. Null for other keys.</summary>
    internal string? DefaultName { get; private init; }

    /// <summary>How an error names a key: with its option, where it has one.</summary>
    internal static string Name(string key) =>
        All.FirstOrDefault(setting => setting.Key.Equals(key, StringComparison.OrdinalIgnoreCase)) is { } setting ? $"{setting.Key} ({setting.Flag})"
            : All.FirstOrDefault(setting => setting.ItemKey is not null && key.StartsWith($"{setting.Key}:", StringComparison.OrdinalIgnoreCase)) is { } item ? $"{key} ({item.Flag})"
            : key;

    /// <summary>A problem that begins with its key, with the key's option added.</summary>
    internal static string Named(string problem) =>
        problem.Split(": ", 2) is [var key, var rest] ? $"{Name(key)}: {rest}" : problem;

    private static Setting Value(string flag, string key, string valueName, string description) =>
        new(flag, key, valueName, IsList: false, SwitchValue: null, description);

    private static Setting List(string flag, string key, string valueName, string description) =>
        new(flag, key, valueName, IsList: true, SwitchValue: null, description);

    private static Setting Map(string flag, string key, string name, string valueName, string description) =>
        new(flag, key, valueName, IsList: true, SwitchValue: null, description) { DefaultName = name };

    private static Setting Switch(string flag, string key, string value, string description) =>
        new(flag, key, ValueName: null, IsList: false, value, description);
}
