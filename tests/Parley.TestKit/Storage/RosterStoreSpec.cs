using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>Roster entries to test with.</summary>
public static class RosterStoreSpec
{
    public static RosterItem Item(Jid contact, Subscription subscription = Subscription.None) =>
        new(contact, Name: null, subscription, Ask: false, Approved: false, Groups: [], PendingIn: default, InRoster: true, Version: 0);
}

/// <summary>What every <see cref="IRosterStore"/> does.</summary>
public abstract class RosterStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private IRosterStore Rosters => Store<IRosterStore>();

    [Fact]
    public async Task A_roster_begins_empty_at_version_0()
    {
        (long version, IReadOnlyList<RosterItem> items) = await Rosters.LoadAsync(Juliet, CancellationToken);

        Assert.Equal(0, version);
        Assert.Empty(items);
    }

    public static TheoryData<string?, Subscription, bool, bool, string[], string?, bool> Entries => new()
    {
        { null, Subscription.None, false, false, [], null, true },
        { "Romeo \"<&'\u0001 \ud83c\udf39", Subscription.Both, false, true, ["Friends", "\"a\", 'b'", ""], null, true },
        { "", Subscription.To, true, false, ["Friends"], "<presence/>", true },
        { null, Subscription.From, true, true, [], "<presence type='subscribe'>\0</presence>", false },
        { null, Subscription.Remove, false, false, [], null, true },
    };

    [Theory]
    [MemberData(nameof(Entries))]
    public async Task All_of_an_entry_is_kept(
        string? name, Subscription subscription, bool ask, bool approved, string[] groups, string? pendingIn, bool inRoster)
    {
        byte[] pending = System.Text.Encoding.UTF8.GetBytes(pendingIn ?? "");
        await Rosters.SetAsync(
            Juliet, new RosterItem(Romeo, name, subscription, ask, approved, groups, pending, inRoster, Version: 77), CancellationToken);

        RosterItem item = Assert.Single((await Rosters.LoadAsync(Juliet, CancellationToken)).Items);
        Assert.Equal(
            (Romeo, name, subscription, ask, approved, inRoster, 1L),
            (item.Contact, item.Name, item.Subscription, item.Ask, item.Approved, item.InRoster, item.Version));
        Assert.Equal(groups, item.Groups);
        Assert.Equal(pending, item.PendingIn.ToArray());
    }

    [Fact]
    public async Task Each_change_raises_the_version_by_one()
    {
        Jid nurse = Jid.Parse("nurse@example.com");
        Assert.Equal(1, await Rosters.SetAsync(Juliet, RosterStoreSpec.Item(Romeo), CancellationToken));
        Assert.Equal(2, await Rosters.SetAsync(Juliet, RosterStoreSpec.Item(nurse), CancellationToken));
        Assert.Equal(3, await Rosters.SetAsync(Juliet, RosterStoreSpec.Item(Romeo, Subscription.To), CancellationToken));
        Assert.Equal(1, await Rosters.SetAsync(Romeo, RosterStoreSpec.Item(Juliet), CancellationToken));

        (long version, IReadOnlyList<RosterItem> items) = await Rosters.LoadAsync(Juliet, CancellationToken);
        Assert.Equal(3, version);
        Assert.Equal([(nurse, 2L, Subscription.None), (Romeo, 3L, Subscription.To)], Facts(items));
    }

    [Fact]
    public async Task Changes_made_at_the_same_time_get_versions_of_their_own()
    {
        long[] versions = await Task.WhenAll(Enumerable.Range(0, 50).Select(number =>
            Rosters.SetAsync(Juliet, RosterStoreSpec.Item(Jid.Parse($"friend{number}@example.com")), CancellationToken).AsTask()));

        Assert.Equal(Enumerable.Range(1, 50).Select(static version => (long)version), versions.Order());
        Assert.Equal(50, (await Rosters.LoadAsync(Juliet, CancellationToken)).Version);
    }

    [Fact]
    public async Task A_forgotten_entry_leaves_no_trace_and_no_new_version()
    {
        await Rosters.SetAsync(Juliet, RosterStoreSpec.Item(Romeo) with { InRoster = false }, CancellationToken);

        await Rosters.DeleteAsync(Juliet, Romeo, CancellationToken);
        await Rosters.DeleteAsync(Juliet, Romeo, CancellationToken);

        (long version, IReadOnlyList<RosterItem> items) = await Rosters.LoadAsync(Juliet, CancellationToken);
        Assert.Equal(1, version);
        Assert.Empty(items);
    }

    [Fact]
    public async Task Of_too_many_tombstones_the_oldest_are_forgotten()
    {
        await Rosters.SetAsync(Juliet, RosterStoreSpec.Item(Romeo, Subscription.Both), CancellationToken);
        for (int number = 0; number < RosterTombstones.Kept + 2; number++)
        {
            Jid former = Jid.Parse($"former{number}@example.com");
            await Rosters.SetAsync(Juliet, RosterStoreSpec.Item(former, Subscription.Remove), CancellationToken);
        }

        IReadOnlyList<RosterItem> items = (await Rosters.LoadAsync(Juliet, CancellationToken)).Items;
        Assert.Equal(RosterTombstones.Kept + 1, items.Count);
        Assert.Contains(items, static item => item.Contact == Romeo);
        Assert.Equal(4, items.Where(static item => item.Subscription == Subscription.Remove).Min(static item => item.Version));
    }

    private static IEnumerable<(Jid Contact, long Version, Subscription Subscription)> Facts(IEnumerable<RosterItem> items) =>
        items.OrderBy(static item => item.Version).Select(static item => (item.Contact, item.Version, item.Subscription));
}
