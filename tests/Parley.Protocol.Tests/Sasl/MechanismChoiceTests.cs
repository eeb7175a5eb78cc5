using Parley.Protocol.Sasl;
using Xunit;
using static Parley.Protocol.Tests.Sasl.SaslFixture;

namespace Parley.Protocol.Tests.Sasl;

public sealed class MechanismChoiceTests
{
    public static TheoryData<string, bool> EveryMechanism()
    {
        var data = new TheoryData<string, bool>();
        foreach (string name in SaslMechanismNames.All)
        {
            data.Add(name, false);
            if (name.EndsWith("-PLUS", StringComparison.Ordinal))
                data.Add(name, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EveryMechanism))]
    public async Task Client_and_server_understand_each_other(string name, bool exporter)
    {
        var context = ServerContext(bindings: [EndPoint, Exporter], certificateJids: ["romeo@example.com"]);
        var client = Client(name, binding: exporter ? Exporter : EndPoint);
        var success = Assert.IsType<SaslSuccess>(await Run(client, Server(name, context)));

        Assert.Equal(name, client.Name);
        Assert.True(client.Verify(success.Data));
        Assert.Equal(name == "ANONYMOUS", success.IsAnonymous);
        if (!success.IsAnonymous)
            Assert.Equal("romeo", success.Username);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("PLAIN")]
    [InlineData("DIGEST-MD5")]
    [InlineData("CRAM-MD5")]
    public async Task Names_and_passwords_may_have_any_letters(string name)
    {
        const string username = "ren\u00e9=\u4e2d,x";
        const string password = "p\u00e4\u00df w\u00f6rd, =\\\"\U0001F511";
        var credentials = StoredCredentials.FromPassword(password, Iterations, ScramHash.Sha256) with
        {
            DigestMd5Hash = Md5Credentials.DigestMd5Hash(username, Domain, password),
            CramMd5Contexts = Md5Credentials.CramMd5Contexts(password),
        };
        var context = ServerContext(new FixedAccounts((username, credentials)));
        var step = await Run(Client(name, username, password), Server(name, context));
        Assert.Equal(username, Assert.IsType<SaslSuccess>(step).Username);
    }

    [Theory]
    [InlineData(true, true, true, true, "EXTERNAL SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 PLAIN")]
    [InlineData(true, false, false, true, "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 PLAIN")]
    [InlineData(false, false, false, true, "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1")]
    [InlineData(true, true, true, false, "EXTERNAL")]
    public void Server_offers_what_it_can_do(bool encrypted, bool bindings, bool certificate, bool accounts, string expected)
    {
        var context = new SaslServerContext
        {
            Domain = Domain,
            IsEncrypted = encrypted,
            ChannelBindings = bindings ? [EndPoint] : [],
            CertificateJids = certificate ? ["romeo@example.com"] : [],
            Credentials = accounts ? new FixedAccounts() : null,
            DecoySecret = new byte[16],
        };
        var mechanisms = new SaslServerMechanisms(context);
        Assert.Equal(expected, string.Join(' ', mechanisms.Offered));
        Assert.All(mechanisms.Offered, name => Assert.Equal(name, mechanisms.Create(name).Name));
        Assert.Equal(bindings && accounts, context.PlusOffered);

        foreach (string name in SaslMechanismNames.All.Except(mechanisms.Offered, StringComparer.Ordinal))
        {
            var e = Assert.Throws<SaslException>(() => mechanisms.Create(name));
            bool plainInTheClear = name == "PLAIN" && !encrypted;
            Assert.Equal(plainInTheClear ? SaslCondition.EncryptionRequired : SaslCondition.InvalidMechanism, e.Condition);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("SCRAM-MD5")]
    [InlineData("SCRAM-SHA-1-PLUS-PLUS")]
    public void Unknown_mechanisms_are_invalid_even_where_the_policy_names_them(string name)
    {
        var context = new SaslServerContext
        {
            Domain = Domain,
            Mechanisms = [name, "PLAIN"],
            IsEncrypted = true,
            Credentials = new FixedAccounts(),
            DecoySecret = new byte[16],
        };
        var mechanisms = new SaslServerMechanisms(context);
        Assert.Equal(["PLAIN"], mechanisms.Offered);
        Assert.Equal(SaslCondition.InvalidMechanism, Assert.Throws<SaslException>(() => mechanisms.Create(name)).Condition);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void The_decoy_secret_must_not_be_short(int length) => Assert.Throws<ArgumentException>(() => new SaslServerMechanisms(
        new SaslServerContext { Domain = Domain, Credentials = new FixedAccounts(), DecoySecret = new byte[length] }));

    [Theory]
    [InlineData("SCRAM-SHA-1 SCRAM-SHA-256 PLAIN", true, "", null, "SCRAM-SHA-256", "n,,")]
    [InlineData("SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-512", true, "tls-exporter", null, "SCRAM-SHA-1-PLUS", "p=tls-exporter,,")]
    [InlineData("SCRAM-SHA-1 SCRAM-SHA-512", true, "tls-exporter", null, "SCRAM-SHA-512", "y,,")]
    [InlineData("SCRAM-SHA-1 SCRAM-SHA-1-PLUS", true, "", null, "SCRAM-SHA-1", "n,,")]
    [InlineData("SCRAM-SHA-1 SCRAM-SHA-1-PLUS", true, "tls-exporter", "tls-server-end-point", "SCRAM-SHA-1", "n,,")]
    [InlineData("SCRAM-SHA-1-PLUS", true, "tls-exporter tls-server-end-point", "tls-server-end-point", "SCRAM-SHA-1-PLUS", "p=tls-server-end-point,,")]
    [InlineData("PLAIN X-UNKNOWN", true, "", null, "PLAIN", "\0romeo")]
    [InlineData("PLAIN X-UNKNOWN", false, "", null, null, null)]
    [InlineData("DIGEST-MD5 CRAM-MD5 ANONYMOUS EXTERNAL", true, "", null, null, null)] // not without being asked to
    [InlineData("", true, "", null, null, null)]
    public void Client_chooses_the_strongest(
        string offered, bool encrypted, string bindings, string? serverTypes, string? name, string? begins)
    {
        var context = new SaslClientContext
        {
            Domain = Domain,
            Username = "romeo",
            Password = "pencil",
            IsEncrypted = encrypted,
            ChannelBindings = [.. bindings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => new SaslChannelBinding(t, default))],
            ServerChannelBindingTypes = serverTypes?.Split(' '),
        };
        var client = new SaslClientMechanisms(context).Select(offered.Split(' '));
        Assert.Equal(name, client?.Name);
        if (begins is not null)
            Assert.StartsWith(begins, Text(client!.Initial()), StringComparison.Ordinal);
    }

    [Fact]
    public void Nonces_are_long_and_never_the_same()
    {
        var source = new RandomNonceSource();
        string[] nonces = [.. Enumerable.Range(0, 1000).Select(_ => source.Next())];
        Assert.Distinct(nonces);
        Assert.All(nonces, n => Assert.Matches("^[A-Za-z0-9_-]{24}$", n));
    }
}
