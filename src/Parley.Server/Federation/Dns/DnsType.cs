namespace Parley.Server.Federation.Dns;

/// <summary>Kinds of records that are read, with their numbers (RFC 1035 §3.2.2, RFC 3596 §2.1, RFC 2782).</summary>
public enum DnsType
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>The true name of an alias.</summary>
    Cname = 5,

    /// <summary>What a zone says about itself; of it only the time for which "there is none" may be remembered.</summary>
    Soa = 6,

    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>Where a service is.</summary>
    Srv = 33,
}
