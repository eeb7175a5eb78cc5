namespace Parley.Server.Federation.Dns;

/// <summary>Bytes are no message of the domain name system.</summary>
public sealed class DnsFormatException(string message) : FormatException(message);
