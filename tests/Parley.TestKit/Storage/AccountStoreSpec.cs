using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="IAccountStore"/> does.</summary>
public abstract class AccountStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private static readonly Jid Nurse = Jid.Parse("nurse@example.com");

    private IAccountStore Accounts => Store<IAccountStore>();

    [Fact]
    public async Task An_unknown_account_has_no_credentials()
    {
        Assert.Null(await Accounts.FindAsync(Nurse, CancellationToken));
        Assert.False(await Accounts.ExistsAsync(Nurse, CancellationToken));
    }

    [Fact]
    public async Task A_created_account_is_found_under_any_of_its_resources()
    {
        Assert.True(await Accounts.CreateAsync(Nurse, Credentials(7), CancellationToken));

        Assert.True(await Accounts.ExistsAsync(Nurse.WithResource("balcony"), CancellationToken));
        Same(Credentials(7), await Accounts.FindAsync(Nurse.WithResource("balcony"), CancellationToken));
    }

    public static TheoryData<StoredCredentials> AllKinds =>
    [
        new StoredCredentials([]),
        new StoredCredentials([new ScramKeys(ScramHash.Sha1, [1], 10_000, [2], [3]), new ScramKeys(ScramHash.Sha512, [4], 1, [5], [6])]),
        new StoredCredentials([new ScramKeys(ScramHash.Sha256, [1], int.MaxValue, [0], [255])], [1, 2, 3], [4, 5, 6]),
        new StoredCredentials([]) { Refusal = SaslCondition.AccountDisabled },
    ];

    [Theory]
    [MemberData(nameof(AllKinds))]
    public async Task All_of_the_credentials_are_kept(StoredCredentials credentials)
    {
        await Accounts.CreateAsync(Nurse, credentials, CancellationToken);

        Same(credentials, await Accounts.FindAsync(Nurse, CancellationToken));
    }

    [Fact]
    public async Task Creating_an_account_again_changes_nothing()
    {
        await Accounts.CreateAsync(Nurse, Credentials(1), CancellationToken);

        Assert.False(await Accounts.CreateAsync(Nurse, Credentials(2), CancellationToken));
        Same(Credentials(1), await Accounts.FindAsync(Nurse, CancellationToken));
    }

    [Fact]
    public async Task Of_many_who_create_an_account_one_succeeds()
    {
        bool[] created = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(seed => Accounts.CreateAsync(Nurse, Credentials((byte)seed), CancellationToken).AsTask()));

        Same(Credentials((byte)Array.IndexOf(created, true)), await Accounts.FindAsync(Nurse, CancellationToken));
        Assert.Single(created, true);
    }

    [Fact]
    public async Task Credentials_are_replaced()
    {
        Assert.True(await Accounts.SetCredentialsAsync(Juliet, Credentials(9), CancellationToken));

        Same(Credentials(9), await Accounts.FindAsync(Juliet, CancellationToken));
    }

    [Fact]
    public async Task Credentials_of_an_unknown_account_are_not_kept()
    {
        Assert.False(await Accounts.SetCredentialsAsync(Nurse, Credentials(), CancellationToken));

        Assert.False(await Accounts.ExistsAsync(Nurse, CancellationToken));
    }

    [Fact]
    public async Task Accounts_are_listed_in_order_by_domain_or_all()
    {
        await Accounts.CreateAsync(Nurse, Credentials(), CancellationToken);
        await Accounts.CreateAsync(Jid.Parse("zoë@example.com"), Credentials(), CancellationToken);

        Assert.Equal(
            ["juliet@example.com", "nurse@example.com", "romeo@example.net", "zoë@example.com"],
            await Accounts.ListAsync(null, CancellationToken).Select(static jid => jid.ToString()).ToListAsync(CancellationToken));
        Assert.Equal([Romeo], await Accounts.ListAsync("example.net", CancellationToken).ToListAsync(CancellationToken));
        Assert.Empty(await Accounts.ListAsync("example.org", CancellationToken).ToListAsync(CancellationToken));
    }

    [Fact]
    public async Task A_long_list_is_whole()
    {
        Jid[] many = [.. Enumerable.Range(1000, 600).Select(static number => Jid.Parse($"user{number}@example.org"))];
        await Task.WhenAll(many.Select(address => Accounts.CreateAsync(address, Credentials(), CancellationToken).AsTask()));

        Assert.Equal(many, await Accounts.ListAsync("example.org", CancellationToken).ToListAsync(CancellationToken));
    }

    [Fact]
    public async Task Removing_an_account_removes_it_once()
    {
        Assert.True(await Accounts.RemoveAsync(Juliet, CancellationToken));
        Assert.False(await Accounts.RemoveAsync(Juliet, CancellationToken));

        Assert.False(await Accounts.ExistsAsync(Juliet, CancellationToken));
        Assert.True(await Accounts.ExistsAsync(Romeo, CancellationToken));
    }

    [Fact]
    public async Task Whoever_registers_a_removed_name_finds_nothing_of_its_former_owner()
    {
        await Store<IRosterStore>().SetAsync(Juliet, RosterStoreSpec.Item(Romeo), CancellationToken);
        await Store<IBlockListStore>().AddAsync(Juliet, [Romeo], CancellationToken);
        await Store<IOfflineStore>().AppendAsync(Juliet, 1, "<message/>"u8.ToArray(), 10, CancellationToken);
        await Store<IAccountDocumentStore>().SetAsync(Juliet, "private", "a", "<a/>"u8.ToArray(), 10, CancellationToken);
        await Store<ILastActivityStore>().SetAsync(Juliet, new LastActivity(DateTimeOffset.UnixEpoch, "Bye"), CancellationToken);

        await Accounts.RemoveAsync(Juliet, CancellationToken);
        await Accounts.CreateAsync(Juliet, Credentials(), CancellationToken);

        (long version, IReadOnlyList<RosterItem> items) = await Store<IRosterStore>().LoadAsync(Juliet, CancellationToken);
        Assert.Equal(0, version);
        Assert.Empty(items);
        Assert.Empty(await Store<IBlockListStore>().LoadAsync(Juliet, CancellationToken));
        Assert.Equal(0, await Store<IOfflineStore>().CountAsync(Juliet, CancellationToken));
        Assert.Null(await Store<IAccountDocumentStore>().GetAsync(Juliet, "private", "a", CancellationToken));
        Assert.Null(await Store<ILastActivityStore>().GetAsync(Juliet, CancellationToken));
    }

    [Fact]
    public async Task Nothing_is_kept_for_an_account_that_does_not_exist()
    {
        await Refused(Store<IRosterStore>().SetAsync(Nurse, RosterStoreSpec.Item(Romeo), CancellationToken).AsTask());
        await Refused(Store<IBlockListStore>().AddAsync(Nurse, [Romeo], CancellationToken).AsTask());
        await Refused(Store<IOfflineStore>().AppendAsync(Nurse, 1, "<message/>"u8.ToArray(), 10, CancellationToken).AsTask());
        await Refused(Store<IAccountDocumentStore>().SetAsync(Nurse, "private", "a", "<a/>"u8.ToArray(), 10, CancellationToken).AsTask());
        await Refused(Store<ILastActivityStore>().SetAsync(Nurse, new LastActivity(DateTimeOffset.UnixEpoch, null), CancellationToken).AsTask());

        async Task Refused(Task write) => Assert.Equal(Nurse, (await Assert.ThrowsAsync<AccountNotFoundException>(() => write)).Account);
    }

    private static void Same(StoredCredentials expected, StoredCredentials? actual) => Assert.Equivalent(expected, actual, strict: true);
}
