using System.Security.Cryptography;

namespace Parley.Protocol.Sasl;

/// <summary>SCRAM and SCRAM-PLUS, server side (RFC 5802, RFC 7677).</summary>
internal sealed class ScramServer(
    string name, ScramHash hash, bool plus, SaslServerContext context, Accounts accounts, ISaslNonceSource nonces)
    : ServerMechanism(name, context)
{
    private Account? _account;
    private ScramKeys? _keys;
    private bool _keysAreReal;
    private string _nonce = "";
    private string _firstMessages = "";
    private byte[] _channelBinding = [];

    protected override async ValueTask<SaslServerStep> NextAsync(byte[] message, CancellationToken cancellationToken)
    {
        string text = SaslText.Decode(message);
        return _account is null ? await FirstAsync(text, cancellationToken).ConfigureAwait(false) : Final(text);
    }

    private async ValueTask<SaslServerStep> FirstAsync(string text, CancellationToken cancellationToken)
    {
        var message = new ScramMessage(text);
        string flag = message.Next();
        string authzid = message.Next();
        int bareStart = message.Position;
        message.RefuseExtension();
        string username = ScramMessage.Unescape(message.Required('n'));
        string clientNonce = message.Nonce();
        message.SkipExtensions();

        byte[] bindingData = BindingData(flag);
        if (authzid.Length > 0)
            RequireOwnIdentity(ScramMessage.Unescape(new ScramMessage(authzid).Required('a')), username);

        _account = await accounts.FindAsync(username, cancellationToken).ConfigureAwait(false);
        _keys = _account.Scram(hash, out _keysAreReal);
        _nonce = clientNonce + nonces.Next();
        _channelBinding = [.. SaslText.Encode(text[..bareStart]), .. bindingData];
        string serverFirst = $"r={_nonce},s={SaslEncoding.Encode(_keys.Salt)},i={_keys.Iterations}";
        _firstMessages = $"{text[bareStart..]},{serverFirst}";
        return new SaslChallenge(SaslText.Encode(serverFirst));
    }

    /// <summary>What the flag says the client will put behind the header in <c>c=</c> (RFC 5802 §6).</summary>
    private byte[] BindingData(string flag)
    {
        if (flag.StartsWith("p=", StringComparison.Ordinal))
        {
            if (!plus)
                throw SaslException.Malformed("channel binding belongs to a -PLUS mechanism");
            string type = flag[2..];
            return Context.ChannelBindings.FirstOrDefault(b => b.Type == type)?.Data.ToArray()
                ?? throw new SaslException(SaslCondition.NotAuthorized, "channel binding type not offered");
        }

        if (flag is not ("n" or "y"))
            throw SaslException.Malformed("not a channel binding flag");
        if (plus)
            throw SaslException.Malformed("a -PLUS mechanism needs channel binding");

        // Somebody between the two hid from the client what this server offers.
        if (flag == "y" && Context.PlusOffered)
            throw new SaslException(SaslCondition.NotAuthorized, "channel binding was offered");
        return [];
    }

    private SaslServerStep Final(string text)
    {
        var message = new ScramMessage(text);
        byte[] binding = message.Bytes('c');
        string nonce = message.Nonce();
        message.SkipExtensions(until: 'p');
        int proofStart = message.Position;
        byte[] proof = message.Bytes('p');
        message.End();
        if (proof.Length != hash.Length)
            throw SaslException.Malformed("proof of the wrong length");

        string authMessage = $"{_firstMessages},{text[..(proofStart - 1)]}";
        byte[] signed = SaslText.Encode(authMessage);
        byte[] clientKey = ScramProof.Masked(proof, hash.Hmac(_keys!.StoredKey, signed));
        bool proven = CryptographicOperations.FixedTimeEquals(hash.Digest(clientKey), _keys.StoredKey)
            & CryptographicOperations.FixedTimeEquals(SaslText.Encode(nonce), SaslText.Encode(_nonce))
            & CryptographicOperations.FixedTimeEquals(binding, _channelBinding)
            & _keysAreReal;
        string verifier = $"v={SaslEncoding.Encode(hash.Hmac(_keys.ServerKey, signed))}";
        return Outcome(proven, _account!.Credentials, _account.Username, SaslText.Encode(verifier));
    }
}
