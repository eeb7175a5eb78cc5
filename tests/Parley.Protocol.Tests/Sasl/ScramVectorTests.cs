using System.Security.Cryptography;
using System.Text;
using Parley.Protocol.Sasl;
using Xunit;
using static Parley.Protocol.Tests.Sasl.SaslFixture;

namespace Parley.Protocol.Tests.Sasl;

/// <summary>The published exchanges, byte for byte, on both sides.</summary>
public sealed class ScramVectorTests
{
    [Theory]
    [InlineData( // RFC 5802 §5
        "SCRAM-SHA-1", ScramHash.Sha1, "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92",
        "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ=")]
    [InlineData( // RFC 7677 §3
        "SCRAM-SHA-256", ScramHash.Sha256, "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
        "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")]
    public async Task Speaks_the_example_of_the_RFC(
        string name, ScramHash hash, string clientNonce, string serverNonce, string salt, string proof, string verifier)
    {
        var keys = ScramKeys.Derive(hash, "pencil", Convert.FromBase64String(salt), 4096);
        var server = Server(name, ServerContext(new FixedAccounts(("user", new StoredCredentials([keys])))), serverNonce);
        var client = Client(name, "user", "pencil", nonce: clientNonce);

        string first = Text(client.Initial());
        Assert.Equal($"n,,n=user,r={clientNonce}", first);
        string challenge = await server.Challenge(first);
        Assert.Equal($"r={clientNonce}{serverNonce},s={salt},i=4096", challenge);
        string final = Text(client.Step(Encoding.UTF8.GetBytes(challenge)));
        Assert.Equal($"c=biws,r={clientNonce}{serverNonce},p={proof}", final);
        var success = Assert.IsType<SaslSuccess>(await server.Send(final));
        Assert.Equal("user", success.Username);
        Assert.Equal($"v={verifier}", Text(success.Data));
        Assert.True(client.Verify(success.Data));
    }

    [Theory]
    [InlineData(ScramHash.Sha1)]
    [InlineData(ScramHash.Sha256)]
    [InlineData(ScramHash.Sha512)]
    public void Keys_are_what_the_formulas_of_the_RFC_say(ScramHash hash)
    {
        byte[] salt = [1, 2, 3, 4, 5, 6, 7, 8];
        var keys = ScramKeys.Derive(hash, "pencil", salt, 5000);

        Func<byte[], byte[], byte[]> hmac = hash switch
        {
            ScramHash.Sha1 => HMACSHA1.HashData,
            ScramHash.Sha256 => HMACSHA256.HashData,
            _ => HMACSHA512.HashData,
        };
        Func<byte[], byte[]> digest = hash switch
        {
            ScramHash.Sha1 => SHA1.HashData,
            ScramHash.Sha256 => SHA256.HashData,
            _ => SHA512.HashData,
        };

        // Hi() of RFC 5802 §2.2, spelled out.
        byte[] password = "pencil"u8.ToArray();
        byte[] u = hmac(password, [.. salt, 0, 0, 0, 1]);
        byte[] salted = [.. u];
        for (int round = 1; round < 5000; round++)
        {
            u = hmac(password, u);
            for (int i = 0; i < salted.Length; i++)
                salted[i] ^= u[i];
        }

        Assert.Equal(digest(hmac(salted, "Client Key"u8.ToArray())), keys.StoredKey);
        Assert.Equal(hmac(salted, "Server Key"u8.ToArray()), keys.ServerKey);
        Assert.Equal(salt, keys.Salt);
        Assert.Equal(5000, keys.Iterations);
        Assert.True(keys.Verify("pencil"));
        Assert.False(keys.Verify("pencils"));
        Assert.False(keys.Verify(""));
    }

    [Fact]
    public void Passwords_are_the_same_however_they_were_composed() =>
        Assert.True(ScramKeys.Create(ScramHash.Sha256, "caf\u00e9", 10).Verify("cafe\u0301"));

    [Theory]
    [InlineData("")]
    [InlineData("pen\u0007cil")]
    [InlineData("pen\0cil")]
    public void Refuses_passwords_that_cannot_be(string password)
    {
        Assert.Throws<ArgumentException>(() => ScramKeys.Create(ScramHash.Sha256, password, 10));
        Assert.Throws<ArgumentException>(() => Md5Credentials.CramMd5Contexts(password));
        Assert.Throws<ArgumentException>(() => Md5Credentials.DigestMd5Hash("romeo", Domain, password));
    }

    [Fact]
    public void Each_new_set_of_keys_has_a_salt_of_its_own()
    {
        var credentials = StoredCredentials.FromPassword("pencil", 10, ScramHash.Sha1, ScramHash.Sha256);
        Assert.Equal([ScramHash.Sha1, ScramHash.Sha256], credentials.Scram.Select(k => k.Hash));
        Assert.All(credentials.Scram, k => Assert.Equal(ScramKeys.SaltLength, k.Salt.Length));
        Assert.NotEqual(credentials.Scram[0].Salt, credentials.Scram[1].Salt);
    }
}
