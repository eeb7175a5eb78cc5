using System.Net;

namespace Parley.Server.Federation.Dns;

/// <summary>One record.</summary>
/// <param name="Owner">Whose it is: in lower case, ASCII, without a dot at the end.</param>
/// <param name="TimeToLive">How long it may be remembered.</param>
public abstract record DnsRecord(string Owner, TimeSpan TimeToLive)
{
    /// <summary>Its kind.</summary>
    public abstract DnsType Type { get; }
}

/// <summary>An address: A or AAAA.</summary>
/// <param name="Owner"><inheritdoc cref="DnsRecord" path="/param[@name='Owner']"/></param>
/// <param name="TimeToLive"><inheritdoc cref="DnsRecord" path="/param[@name='TimeToLive']"/></param>
/// <param name="Address">The address.</param>
public sealed record DnsAddress(string Owner, TimeSpan TimeToLive, IPAddress Address) : DnsRecord(Owner, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsType Type => Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? DnsType.Aaaa : DnsType.A;
}

/// <summary>An alias (CNAME).</summary>
/// <param name="Owner"><inheritdoc cref="DnsRecord" path="/param[@name='Owner']"/></param>
/// <param name="TimeToLive"><inheritdoc cref="DnsRecord" path="/param[@name='TimeToLive']"/></param>
/// <param name="Target">The name to ask for instead.</param>
public sealed record DnsAlias(string Owner, TimeSpan TimeToLive, string Target) : DnsRecord(Owner, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Cname;
}

/// <summary>Where a service is (SRV, RFC 2782).</summary>
/// <param name="Owner"><inheritdoc cref="DnsRecord" path="/param[@name='Owner']"/></param>
/// <param name="TimeToLive"><inheritdoc cref="DnsRecord" path="/param[@name='TimeToLive']"/></param>
/// <param name="Priority">Lower comes first.</param>
/// <param name="Weight">The share among those of the same priority.</param>
/// <param name="Port">The port.</param>
/// <param name="Target">The host; the empty name (in text a dot) says that the service is not offered.</param>
public sealed record DnsService(string Owner, TimeSpan TimeToLive, ushort Priority, ushort Weight, ushort Port, string Target) : DnsRecord(Owner, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Srv;
}

/// <summary>The start of a zone (SOA), which comes with "there is none".</summary>
/// <param name="Owner"><inheritdoc cref="DnsRecord" path="/param[@name='Owner']"/></param>
/// <param name="TimeToLive"><inheritdoc cref="DnsRecord" path="/param[@name='TimeToLive']"/></param>
/// <param name="Minimum">How long that may be remembered, if the record itself lives as long (RFC 2308 §3).</param>
public sealed record DnsZoneStart(string Owner, TimeSpan TimeToLive, TimeSpan Minimum) : DnsRecord(Owner, TimeToLive)
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Soa;
}
