using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Accounts;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Accounts;

public class AccountServiceTests
{
    private static readonly Jid Alice = Jid.Parse("alice@example.org");

    [Fact]
    public async Task An_account_is_created_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        var accounts = server.Get<AccountService>();

        Assert.True(await accounts.CreateAsync(Alice, "first", CancellationToken.None));
        Assert.False(await accounts.CreateAsync(Alice, "second", CancellationToken.None));

        await server.LoginAsync("alice@example.org/desk", password: "first");
    }

    [Theory]
    [InlineData("SCRAM-SHA-1,SCRAM-SHA-256,SCRAM-SHA-512,PLAIN", "Sha1,Sha256,Sha512", false, false)]
    [InlineData("SCRAM-SHA-256-PLUS", "Sha256", false, false)]
    [InlineData("PLAIN", "Sha256", false, false)]
    [InlineData("SCRAM-SHA-1,DIGEST-MD5", "Sha1", true, false)]
    [InlineData("SCRAM-SHA-1,CRAM-MD5", "Sha1", false, true)]
    public async Task Only_the_keys_of_the_mechanisms_on_offer_are_kept(string mechanisms, string hashes, bool digest, bool cram)
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.ScramIterations = 4096;
            options.SaslMechanisms.Clear();
            foreach (var mechanism in mechanisms.Split(','))
            {
                options.SaslMechanisms.Add(mechanism);
            }
        });

        await server.Get<AccountService>().CreateAsync(Alice, "secret", CancellationToken.None);

        var kept = await server.Get<IAccountStore>().FindAsync(Alice, CancellationToken.None);
        Assert.Equal(hashes.Split(','), kept!.Scram.Select(keys => keys.Hash.ToString()).Order(StringComparer.Ordinal));
        Assert.All(kept.Scram, keys => Assert.Equal(4096, keys.Iterations));
        Assert.Equal(digest, kept.DigestMd5Hash is not null);
        Assert.Equal(cram, kept.CramMd5Contexts is not null);
    }

    [Fact]
    public async Task Another_password_takes_the_place_of_the_first()
    {
        await using var server = await XmppTestServer.StartAsync();
        var accounts = server.Get<AccountService>();
        await accounts.CreateAsync(Alice, "first", CancellationToken.None);

        Assert.True(await accounts.SetPasswordAsync(Alice, "second", CancellationToken.None));

        var kept = await server.Get<IAccountStore>().FindAsync(Alice, CancellationToken.None);
        Assert.All(kept!.Scram, keys => Assert.True(keys.Verify("second") && !keys.Verify("first")));
        Assert.False(await accounts.SetPasswordAsync(Jid.Parse("nobody@example.org"), "second", CancellationToken.None));
    }

    [Fact]
    public async Task What_keeps_an_account_from_logging_in_outlives_its_password()
    {
        await using var server = await XmppTestServer.StartAsync();
        var accounts = server.Get<AccountService>();
        var store = server.Get<IAccountStore>();
        await accounts.CreateAsync(Alice, "first", CancellationToken.None);
        var kept = await store.FindAsync(Alice, CancellationToken.None);
        await store.SetCredentialsAsync(Alice, kept! with { Refusal = SaslCondition.AccountDisabled }, CancellationToken.None);

        await accounts.SetPasswordAsync(Alice, "second", CancellationToken.None);

        Assert.Equal(SaslCondition.AccountDisabled, (await store.FindAsync(Alice, CancellationToken.None))!.Refusal);
    }

    public static TheoryData<string> RefusedPasswords => ["", "tab\there", "\u0000", new string('x', 1024), new string('ä', 512)];

    [Theory]
    [MemberData(nameof(RefusedPasswords))]
    public async Task A_password_that_cannot_be_one_is_refused_and_nothing_kept(string password)
    {
        await using var server = await XmppTestServer.StartAsync();
        var accounts = server.Get<AccountService>();

        await Assert.ThrowsAsync<PasswordRefusedException>(async () => await accounts.CreateAsync(Alice, password, CancellationToken.None));
        Assert.False(await server.Get<IAccountStore>().ExistsAsync(Alice, CancellationToken.None));
        await accounts.CreateAsync(Alice, new string('x', 1023), CancellationToken.None);
        await Assert.ThrowsAsync<PasswordRefusedException>(async () => await accounts.SetPasswordAsync(Alice, password, CancellationToken.None));
    }

    [Theory]
    [InlineData("example.org")]
    [InlineData("alice@example.org/desk")]
    [InlineData("alice@elsewhere.example")]
    public async Task An_address_that_is_no_account_of_ours_is_refused(string address)
    {
        await using var server = await XmppTestServer.StartAsync();
        var accounts = server.Get<AccountService>();

        await Assert.ThrowsAsync<ArgumentException>(async () => await accounts.CreateAsync(Jid.Parse(address), "secret", CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(async () => await accounts.RemoveAsync(Jid.Parse(address), CancellationToken.None));
    }

    [Fact]
    public async Task A_removed_account_is_gone_with_all_its_streams()
    {
        await using var server = await XmppTestServer.StartAsync();
        var bound = await server.LoginAsync("alice@example.org/desk");
        var unbound = await server.OpenAsync();
        await unbound.AuthenticateAsync("alice", XmppTestServer.Password);
        var other = await server.LoginAsync("bob@example.org/desk");
        await bound.IqAsync("set", null, "<vCard xmlns='vcard-temp'><FN>Alice</FN></vCard>");

        Assert.True(await server.Get<AccountService>().RemoveAsync(Alice, CancellationToken.None));

        await bound.ExpectStreamErrorAsync("not-authorized");
        await unbound.ExpectStreamErrorAsync("not-authorized");
        await other.ExpectNothingAsync();
        Assert.False(await server.Get<AccountService>().RemoveAsync(Alice, CancellationToken.None));
        var again = await server.LoginAsync("alice@example.org/desk");
        (await again.IqAsync("get", null, "<vCard xmlns='vcard-temp'/>")).IsError("item-not-found", "cancel");
    }
}
