using System.Globalization;
using System.Security.Cryptography;

namespace Parley.Protocol.Sasl;

/// <summary>SCRAM and SCRAM-PLUS, client side (RFC 5802, RFC 7677).</summary>
/// <param name="name">The name of the mechanism.</param>
/// <param name="hash">Its hash.</param>
/// <param name="flag">The channel binding flag: <c>n</c>, <c>y</c> or <c>p=</c> and the type.</param>
/// <param name="bindingData">The data of the binding, empty without one.</param>
/// <param name="context">What to authenticate with.</param>
/// <param name="nonces">Where the nonce comes from.</param>
internal sealed class ScramClient(
    string name, ScramHash hash, string flag, ReadOnlyMemory<byte> bindingData, SaslClientContext context, ISaslNonceSource nonces)
    : ISaslClientMechanism
{
    private readonly string _header = context.Authzid is { } authzid ? $"{flag},a={ScramMessage.Escape(authzid)}," : $"{flag},,";
    private readonly string _nonce = nonces.Next();
    private byte[]? _serverSignature;
    private bool _serverProven;

    public string Name => name;

    private string FirstBare => $"n={ScramMessage.Escape(context.Username!)},r={_nonce}";

    public byte[] Initial() => SaslText.Encode(_header + FirstBare);

    public byte[] Step(ReadOnlySpan<byte> challenge)
    {
        if (_serverSignature is null)
            return Final(SaslText.Decode(challenge));
        if (!Proves(challenge))
            throw new SaslException(SaslCondition.NotAuthorized, "the server does not know the password");
        _serverProven = true;
        return [];
    }

    public bool Verify(byte[]? successData) => successData is null ? _serverProven : Proves(successData);

    private byte[] Final(string serverFirst)
    {
        var message = new ScramMessage(serverFirst);
        message.RefuseExtension();
        string nonce = message.Nonce();
        byte[] salt = message.Bytes('s');
        string rounds = message.Required('i');
        message.SkipExtensions();
        if (!nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length)
            throw SaslException.Malformed("not an extension of our nonce");
        if (!int.TryParse(rounds, NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations < context.MinIterations || iterations > context.MaxIterations)
            throw SaslException.Malformed("iteration count out of bounds");

        string password = SaslPreparation.Password(context.Password!) ?? throw new SaslException(SaslCondition.NotAuthorized);
        byte[] salted = ScramProof.SaltedPassword(hash, password, salt, iterations);
        string withoutProof = $"c={SaslEncoding.Encode([.. SaslText.Encode(_header), .. bindingData.Span])},r={nonce}";
        byte[] signed = SaslText.Encode($"{FirstBare},{serverFirst},{withoutProof}");
        byte[] clientKey = ScramProof.ClientKey(hash, salted);
        byte[] proof = ScramProof.Masked(clientKey, hash.Hmac(hash.Digest(clientKey), signed));
        _serverSignature = hash.Hmac(ScramProof.ServerKey(hash, salted), signed);
        return SaslText.Encode($"{withoutProof},p={SaslEncoding.Encode(proof)}");
    }

    private bool Proves(ReadOnlySpan<byte> serverFinal)
    {
        if (_serverSignature is null)
            return false;
        var message = new ScramMessage(SaslText.Decode(serverFinal));
        byte[] verifier = message.Bytes('v');
        message.SkipExtensions();
        return CryptographicOperations.FixedTimeEquals(verifier, _serverSignature);
    }
}
