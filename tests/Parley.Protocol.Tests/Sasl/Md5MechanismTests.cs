using System.Security.Cryptography;
using System.Text;
using Parley.Protocol.Sasl;
using Xunit;
using static Parley.Protocol.Tests.Sasl.SaslFixture;

namespace Parley.Protocol.Tests.Sasl;

public sealed class Md5MechanismTests
{
    private const string ImapHost = "elwood.innosoft.com";

    [Fact]
    public async Task Digest_md5_speaks_the_example_of_RFC_2831()
    {
        var hash = Md5Credentials.DigestMd5Hash("chris", ImapHost, "secret");
        var serverContext = new SaslServerContext
        {
            Domain = ImapHost,
            Mechanisms = ["DIGEST-MD5"],
            Credentials = new FixedAccounts(("chris", new StoredCredentials([], hash))),
            DecoySecret = new byte[16],
            ServiceName = "imap",
        };
        var server = Server("DIGEST-MD5", serverContext, "OA6MG9tEQGm2hh");
        var clientContext = new SaslClientContext
        {
            Domain = ImapHost,
            Username = "chris",
            Password = "secret",
            Mechanisms = ["DIGEST-MD5"],
            ServiceName = "imap",
        };
        var client = new SaslClientMechanisms(clientContext, new FixedNonce("OA6MHXh6VqTrRk")).Select(["DIGEST-MD5"])!;

        Assert.Null(client.Initial());
        string challenge = await server.Challenge(null);
        Assert.Equal("realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",charset=utf-8,algorithm=md5-sess", challenge);
        string response = Text(client.Step(Encoding.UTF8.GetBytes(challenge)));
        Assert.Contains("digest-uri=\"imap/elwood.innosoft.com\",response=d388dad90d4bbd760a152321f2143af7,", response, StringComparison.Ordinal);
        string answer = await server.Challenge(response);
        Assert.Equal("rspauth=ea40f60335c427b5527b84dbabcdfffd", answer);
        Assert.Empty(client.Step(Encoding.UTF8.GetBytes(answer)));
        Assert.Equal(new SaslSuccess("chris"), await server.Send(""));
        Assert.True(client.Verify(null));
    }

    [Fact]
    public async Task Cram_md5_speaks_the_example_of_RFC_2195()
    {
        var contexts = Md5Credentials.CramMd5Contexts("tanstaaftanstaaf");
        var context = ServerContext(
            new FixedAccounts(("tim", new StoredCredentials([], null, contexts))), domain: "postoffice.reston.mci.net");
        var server = Server("CRAM-MD5", context, "1896.697170952");
        var client = Client("CRAM-MD5", "tim", "tanstaaftanstaaf");

        Assert.Null(client.Initial());
        string challenge = await server.Challenge(null);
        Assert.Equal("<1896.697170952@postoffice.reston.mci.net>", challenge);
        string response = Text(client.Step(Encoding.UTF8.GetBytes(challenge)));
        Assert.Equal("tim b913a602c7eda7a495b4e6e7334d3890", response);
        Assert.Equal(new SaslSuccess("tim"), await server.Send(response));
        Assert.True(client.Verify(null));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 55)]
    [InlineData(16, 56)]
    [InlineData(63, 63)]
    [InlineData(64, 64)]
    [InlineData(65, 119)]
    [InlineData(200, 120)]
    [InlineData(300, 1000)]
    public void Cram_md5_is_the_platforms_hmac(int passwordLength, int challengeLength)
    {
        string password = new('k', passwordLength);
        byte[] challenge = Encoding.ASCII.GetBytes(new string('c', challengeLength));
        string response = Text(Client("CRAM-MD5", "tim", password).Step(challenge));
        Assert.Equal("tim " + Convert.ToHexStringLower(HMACMD5.HashData(Encoding.ASCII.GetBytes(password), challenge)), response);
    }

    [Theory]
    [InlineData("chris", "chris", "secret")]
    [InlineData("ren\u00e9", "ren\u00e9", "p\u00e4ss")]
    [InlineData("\u0159eho\u0159", "\u0159eho\u0159", "p\u00e4ss")]
    public void Digest_md5_hashes_in_Latin_1_where_it_can(string username, string sent, string password)
    {
        static byte[] Encoded(string text) => text.All(c => c < 256) ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);
        byte[] expected = MD5.HashData([.. Encoded(sent), (byte)':', .. "example.com:"u8, .. Encoded(password)]);
        Assert.Equal(expected, Md5Credentials.DigestMd5Hash(username, Domain, password));
    }

    [Theory]
    [InlineData("romeo")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("romeo ")]
    [InlineData("romeo 123")]
    [InlineData(" 00000000000000000000000000000000")]
    [InlineData("romeo 000000000000000000000000000000000")]
    [InlineData("ro\0meo 00000000000000000000000000000000")]
    public async Task Cram_md5_malformed(string response)
    {
        var server = Server("CRAM-MD5");
        await server.Challenge(null);
        Assert.Equal(SaslCondition.MalformedRequest, (await server.Refusal(response)).Condition);
    }

    [Theory]
    [InlineData("CRAM-MD5", "romeo 00000000000000000000000000000000")]
    [InlineData("CRAM-MD5", "")]
    [InlineData("DIGEST-MD5", "username=\"romeo\"")]
    [InlineData("DIGEST-MD5", "")]
    public async Task The_server_begins(string name, string initial) =>
        Assert.Equal(SaslCondition.MalformedRequest, (await Server(name).Refusal(initial)).Condition);

    [Theory]
    [InlineData("", "", null)] // untouched
    [InlineData("charset=utf-8,", "", null)]
    [InlineData(",qop=auth", " , qop=\"auth\" ", null)]
    [InlineData(",qop=auth", "", null)]
    [InlineData("username=\"romeo\"", "username=\"\\r\\omeo\"", null)]
    [InlineData("username=\"romeo\",", "", SaslCondition.MalformedRequest)]
    [InlineData("username=\"romeo\"", "username=\"\"", SaslCondition.MalformedRequest)]
    [InlineData("username=\"romeo\"", "username=\"romeo", SaslCondition.MalformedRequest)]
    [InlineData("username=\"romeo\"", "username=\"romeo\",username=\"juliet\"", SaslCondition.MalformedRequest)]
    [InlineData("cnonce=\"clientnonce\",", "", SaslCondition.MalformedRequest)]
    [InlineData("nonce=\"servernonce\",", "", SaslCondition.MalformedRequest)]
    [InlineData("nonce=\"servernonce\"", "nonce=\"\"", SaslCondition.MalformedRequest)]
    [InlineData("nc=00000001", "nc=00000002", SaslCondition.MalformedRequest)]
    [InlineData("nc=00000001,", "", SaslCondition.MalformedRequest)]
    [InlineData("nc=00000001,", "nc=,", SaslCondition.MalformedRequest)]
    [InlineData("qop=auth", "qop=auth-conf", SaslCondition.MalformedRequest)]
    [InlineData("charset=utf-8", "charset=latin1", SaslCondition.MalformedRequest)]
    [InlineData("charset=utf-8,", ",", SaslCondition.MalformedRequest)]
    [InlineData("charset=utf-8,", "charset,", SaslCondition.MalformedRequest)]
    [InlineData("charset=utf-8,", "=utf-8,", SaslCondition.MalformedRequest)]
    [InlineData("nonce=\"servernonce\"", "nonce=\"servernoncf\"", SaslCondition.NotAuthorized)]
    [InlineData("cnonce=\"clientnonce\"", "cnonce=\"clientnoncf\"", SaslCondition.NotAuthorized)]
    [InlineData("realm=\"example.com\"", "realm=\"example.org\"", SaslCondition.NotAuthorized)]
    [InlineData("realm=\"example.com\",", "", SaslCondition.NotAuthorized)]
    [InlineData("digest-uri=\"xmpp/example.com\"", "digest-uri=\"imap/example.com\"", SaslCondition.NotAuthorized)]
    [InlineData("username=\"romeo\"", "username=\"juliet\"", SaslCondition.NotAuthorized)]
    [InlineData("username=\"romeo\"", "username=\"romeo\",authzid=\"juliet@example.com\"", SaslCondition.InvalidAuthzid)]
    [InlineData("username=\"romeo\"", "username=\"romeo\",authzid=\"romeo@example.com\"", SaslCondition.NotAuthorized)] // not signed
    public async Task Digest_md5_altered(string found, string replacement, SaslCondition? condition)
    {
        var server = Server("DIGEST-MD5");
        string response = Text(Client("DIGEST-MD5").Step(Encoding.UTF8.GetBytes(await server.Challenge(null))));
        Assert.Contains(found, response, StringComparison.Ordinal);
        var step = await server.Send(found.Length == 0 ? response : response.Replace(found, replacement, StringComparison.Ordinal));
        if (condition is null)
            Assert.IsType<SaslChallenge>(step);
        else
            Assert.Equal(condition, Assert.IsType<SaslFailure>(step).Condition);
    }

    [Fact]
    public async Task Digest_md5_ends_with_an_empty_response()
    {
        var server = Server("DIGEST-MD5");
        string response = Text(Client("DIGEST-MD5").Step(Encoding.UTF8.GetBytes(await server.Challenge(null))));
        await server.Challenge(response);
        Assert.Equal(SaslCondition.MalformedRequest, (await server.Refusal("more")).Condition);
    }

    [Theory]
    [InlineData("realm=\"example.com\",qop=\"auth\"")]
    [InlineData("nonce=\"abc\",qop=\"auth-conf\"")]
    [InlineData("nonce=\"abc")]
    [InlineData("nonce=\"abc\\")]
    [InlineData("")]
    public void Digest_md5_client_refuses_a_bad_challenge(string challenge)
    {
        var client = Client("DIGEST-MD5");
        var e = Assert.Throws<SaslException>(() => client.Step(Encoding.UTF8.GetBytes(challenge)));
        Assert.Equal(SaslCondition.MalformedRequest, e.Condition);
    }

    [Fact]
    public async Task Digest_md5_client_does_not_believe_a_server_without_proof()
    {
        var client = Client("DIGEST-MD5");
        client.Step(Encoding.UTF8.GetBytes(await Server("DIGEST-MD5").Challenge(null)));
        Assert.False(client.Verify(null));
        Assert.False(client.Verify("rspauth=00000000000000000000000000000000"u8.ToArray()));
        Assert.Throws<SaslException>(() => client.Step("rspauth=00000000000000000000000000000000"u8));
    }
}
