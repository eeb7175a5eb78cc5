using Parley.Protocol.Sasl;
using Xunit;
using static Parley.Protocol.Tests.Sasl.SaslFixture;

namespace Parley.Protocol.Tests.Sasl;

/// <summary>Nobody learns from a failure whether an account exists.</summary>
public sealed class UnknownAccountTests
{
    [Theory]
    [InlineData("SCRAM-SHA-1")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-512")]
    [InlineData("PLAIN")]
    [InlineData("DIGEST-MD5")]
    [InlineData("CRAM-MD5")]
    public async Task Unknown_account_and_wrong_password_get_the_same_answer(string name)
    {
        var refused = new SaslFailure(SaslCondition.NotAuthorized);
        Assert.Equal(refused, await Run(Client(name, "romeo", "wrong"), Server(name)));
        Assert.Equal(refused, await Run(Client(name, "nobody", "wrong"), Server(name)));
        Assert.Equal(refused, await Run(Client(name, "no body@somewhere", "wrong"), Server(name)));

        // An account without a secret for this mechanism is no different.
        var bare = ServerContext(new FixedAccounts(("romeo", new StoredCredentials([]))));
        Assert.Equal(refused, await Run(Client(name, "romeo", "pencil"), Server(name, bare)));
    }

    [Theory]
    [InlineData("SCRAM-SHA-1")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-512")]
    public async Task Unknown_account_has_a_salt_as_any_other(string name)
    {
        string known = await Server(name).Challenge("n,,n=romeo,r=abc");
        string unknown = await Server(name).Challenge("n,,n=nobody,r=abc");
        string again = await Server(name).Challenge("n,,n=nobody,r=abc");
        string cased = await Server(name).Challenge("n,,n=NoBody,r=abc");
        string other = await Server(name).Challenge("n,,n=nemo,r=abc");

        Assert.Equal(known.Length, unknown.Length);
        Assert.Equal(known.Split(',')[0], unknown.Split(',')[0]);
        Assert.Equal(known.Split(',')[2], unknown.Split(',')[2]);
        Assert.Equal(unknown, again);
        Assert.Equal(unknown, cased);
        Assert.NotEqual(unknown, other);
    }

    [Fact]
    public async Task Salts_of_unknown_accounts_hang_on_the_secret_and_on_the_hash()
    {
        var other = ServerContext();
        other = new SaslServerContext
        {
            Domain = Domain,
            Credentials = other.Credentials,
            DecoySecret = "another secret of the server"u8.ToArray(),
            DefaultIterations = Iterations,
        };
        string[] salts =
        [
            (await Server("SCRAM-SHA-1").Challenge("n,,n=nobody,r=abc")).Split(',')[1],
            (await Server("SCRAM-SHA-256").Challenge("n,,n=nobody,r=abc")).Split(',')[1],
            (await Server("SCRAM-SHA-256", other).Challenge("n,,n=nobody,r=abc")).Split(',')[1],
        ];
        Assert.Distinct(salts);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("PLAIN")]
    [InlineData("DIGEST-MD5")]
    [InlineData("CRAM-MD5")]
    public async Task A_disabled_account_says_so_only_to_its_owner(string name)
    {
        var disabled = ServerContext(new FixedAccounts(("romeo", Romeo with { Refusal = SaslCondition.AccountDisabled })));
        Assert.Equal(new SaslFailure(SaslCondition.AccountDisabled), await Run(Client(name), Server(name, disabled)));
        Assert.Equal(new SaslFailure(SaslCondition.NotAuthorized), await Run(Client(name, password: "wrong"), Server(name, disabled)));
    }
}
