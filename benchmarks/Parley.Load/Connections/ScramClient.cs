using System.Security.Cryptography;
using System.Text;

namespace Parley.Load.Connections;

/// <summary>The client's side of SCRAM without channel binding (RFC 5802).</summary>
internal sealed class ScramClient(HashAlgorithmName hash, string user, string password, ScramKeys keys)
{
    private readonly string _nonce = Convert.ToHexString(RandomNumberGenerator.GetBytes(12));
    private byte[] _serverSignature = [];

    private string FirstBare => $"n={user},r={_nonce}";

    public string First() => "n,," + FirstBare;

    public string Final(string serverFirst)
    {
        var fields = serverFirst.Split(',');
        if (fields is not [['r', '=', .. var nonce], ['s', '=', .. var salt], ['i', '=', .. var count], ..]
            || !int.TryParse(count, out var iterations) || !nonce.StartsWith(_nonce, StringComparison.Ordinal))
        {
            throw new LoadException($"not a SCRAM challenge: {serverFirst}");
        }

        var pair = keys.Get(hash, password, salt, iterations);
        var withoutProof = "c=biws,r=" + nonce;
        var signed = Encoding.UTF8.GetBytes($"{FirstBare},{serverFirst},{withoutProof}");
        var proof = CryptographicOperations.HmacData(hash, CryptographicOperations.HashData(hash, pair.Client), signed);
        for (var i = 0; i < proof.Length; i++)
            proof[i] ^= pair.Client[i];
        _serverSignature = CryptographicOperations.HmacData(hash, pair.Server, signed);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    public bool IsServer(string serverFinal) => serverFinal == "v=" + Convert.ToBase64String(_serverSignature);
}
