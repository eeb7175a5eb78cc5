namespace Parley.Server.Federation;

/// <summary>What is looked for at a domain.</summary>
public sealed record ServiceKind
{
    /// <summary>For other servers (RFC 6120 §3.2.1; XEP-0368).</summary>
    public static readonly ServiceKind Server = new("xmpp-server", "xmpps-server", 5269, 5270);

    /// <summary>For clients.</summary>
    public static readonly ServiceKind Client = new("xmpp-client", "xmpps-client", 5222, 5223);

    private ServiceKind(string name, string directTlsName, int port, int directTlsPort) =>
        (Name, DirectTlsName, Port, DirectTlsPort) = (name, directTlsName, port, directTlsPort);

    /// <summary>The service of SRV records with STARTTLS, without its underscore. ALPN has the same name (XEP-0368 §2).</summary>
    public string Name { get; }

    /// <summary>The service of SRV records with TLS from the first byte.</summary>
    public string DirectTlsName { get; }

    /// <summary>The port where there are no SRV records.</summary>
    public int Port { get; }

    /// <summary>The port that is usual for TLS from the first byte; only SRV records make it known.</summary>
    public int DirectTlsPort { get; }

    /// <summary>The name of the SRV records of a domain.</summary>
    public string RecordName(string domain, bool directTls) => $"_{(directTls ? DirectTlsName : Name)}._tcp.{domain}";
}
