using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="IBlockListStore"/> does.</summary>
public abstract class BlockListStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private static readonly Jid A = Jid.Parse("a@example.org/full");
    private static readonly Jid B = Jid.Parse("b.example.org");
    private static readonly Jid C = Jid.Parse("c@example.org");

    private IBlockListStore BlockLists => Store<IBlockListStore>();

    [Fact]
    public async Task A_list_begins_empty() => Assert.Empty(await BlockLists.LoadAsync(Juliet, CancellationToken));

    [Fact]
    public async Task Addresses_keep_the_order_in_which_they_were_added()
    {
        await BlockLists.AddAsync(Juliet, [C, A], CancellationToken);
        await BlockLists.AddAsync(Juliet, [B, A, C, B], CancellationToken);
        await BlockLists.AddAsync(Romeo, [B], CancellationToken);

        Assert.Equal([C, A, B], await BlockLists.LoadAsync(Juliet, CancellationToken));
        Assert.Equal([B], await BlockLists.LoadAsync(Romeo, CancellationToken));
    }

    [Fact]
    public async Task Named_addresses_are_removed()
    {
        await BlockLists.AddAsync(Juliet, [A, B, C], CancellationToken);

        await BlockLists.RemoveAsync(Juliet, [B, Romeo], CancellationToken);

        Assert.Equal([A, C], await BlockLists.LoadAsync(Juliet, CancellationToken));
    }

    [Fact]
    public async Task An_empty_list_removes_all_of_one_account()
    {
        await BlockLists.AddAsync(Juliet, [A, B], CancellationToken);
        await BlockLists.AddAsync(Romeo, [A], CancellationToken);

        await BlockLists.RemoveAsync(Juliet, [], CancellationToken);

        Assert.Empty(await BlockLists.LoadAsync(Juliet, CancellationToken));
        Assert.Equal([A], await BlockLists.LoadAsync(Romeo, CancellationToken));
    }

    [Fact]
    public async Task The_longest_addresses_are_blocked_like_others()
    {
        var random = new Random(1);
        Jid account = Jid.Parse($"{Letters(1023)}@example.com");
        await Store<IAccountStore>().CreateAsync(account, Credentials(), CancellationToken);
        string domain = string.Join('.', Enumerable.Range(0, 4).Select(_ => Letters(60)));
        Jid[] longest = [Jid.Parse($"{Letters(1023)}@{domain}/{Letters(1023)}"), Jid.Parse($"{Letters(1023)}@{domain}/{Letters(1023)}")];
        await BlockLists.AddAsync(account, longest, CancellationToken);
        await BlockLists.AddAsync(account, longest, CancellationToken);
        await BlockLists.RemoveAsync(account, [longest[0]], CancellationToken);

        Assert.Equal([longest[1]], await BlockLists.LoadAsync(account, CancellationToken));

        string Letters(int count) => new([.. Enumerable.Range(0, count).Select(_ => (char)random.Next('a', 'z' + 1))]);
    }
}
