namespace Parley.Protocol.Sasl;

/// <summary>PLAIN, EXTERNAL and ANONYMOUS, client side: one message, and the server proves nothing.</summary>
internal sealed class SingleMessageClient(string name, string message) : ISaslClientMechanism
{
    public string Name => name;

    public static SingleMessageClient Plain(SaslClientContext context) =>
        new(SaslMechanismNames.Plain, $"{context.Authzid}\0{context.Username}\0{context.Password}");

    public static SingleMessageClient External(SaslClientContext context) => new(SaslMechanismNames.External, context.Authzid ?? "");

    public static SingleMessageClient Anonymous() => new(SaslMechanismNames.Anonymous, "");

    public byte[] Initial() => SaslText.Encode(message);

    public byte[] Step(ReadOnlySpan<byte> challenge) =>
        throw SaslException.Malformed($"{name} has no challenges");

    public bool Verify(byte[]? successData) => successData is null;
}
