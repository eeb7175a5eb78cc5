namespace Parley.Protocol.Sasl;

/// <summary>CRAM-MD5, client side (RFC 2195). The server proves nothing.</summary>
internal sealed class CramMd5Client(SaslClientContext context) : ISaslClientMechanism
{
    public string Name => SaslMechanismNames.CramMd5;

    public byte[]? Initial() => null;

    public byte[] Step(ReadOnlySpan<byte> challenge)
    {
        string digest = Md5Credentials.CramMd5Digest(Md5Credentials.CramMd5Contexts(context.Password!), challenge);
        return SaslText.Encode($"{context.Username} {digest}");
    }

    public bool Verify(byte[]? successData) => successData is null;
}
