namespace Parley.Protocol.Sasl;

/// <summary>One way in which a SCRAM exchange can be tied to the TLS connection that carries it (RFC 5056).</summary>
/// <param name="Type">The registered name, such as <c>tls-server-end-point</c>.</param>
/// <param name="Data">The bytes that both ends of the same TLS connection compute.</param>
public sealed record SaslChannelBinding(string Type, ReadOnlyMemory<byte> Data);
