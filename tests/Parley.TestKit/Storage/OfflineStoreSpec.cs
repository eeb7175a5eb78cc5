using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="IOfflineStore"/> does.</summary>
public abstract class OfflineStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private static readonly DateTimeOffset Stamp = new(2024, 2, 29, 23, 59, 59, 123, 456, TimeSpan.Zero);

    private long _id = ArchiveId.At(Stamp);

    private IOfflineStore Messages => Store<IOfflineStore>();

    public static TheoryData<byte[]> Stanzas => [Array.Empty<byte>(), new byte[] { 0, 255, 128 }, "<message xmlns='jabber:client'/>"u8.ToArray(), new byte[200_000]];

    [Theory]
    [MemberData(nameof(Stanzas))]
    public async Task A_message_keeps_its_bytes_and_its_time(byte[] stanza)
    {
        Assert.True(await Messages.AppendAsync(Juliet, _id, stanza, 1, CancellationToken));

        OfflineMessage message = Assert.Single(await Messages.ReadAsync(Juliet, 0, 10, CancellationToken));
        Assert.Equal(Stamp, message.Stamp);
        Assert.Equal(stanza, message.Stanza.ToArray());
    }

    [Fact]
    public async Task A_slice_of_an_array_is_kept_as_the_slice()
    {
        await Messages.AppendAsync(Juliet, _id++, "<a/><b/>"u8.ToArray().AsMemory(4), 1, CancellationToken);

        Assert.Equal("<b/>"u8.ToArray(), Assert.Single(await Messages.ReadAsync(Juliet, 0, 1, CancellationToken)).Stanza.ToArray());
    }

    [Fact]
    public async Task Messages_are_read_by_the_page_in_the_order_of_arrival()
    {
        for (byte number = 0; number < 5; number++)
        {
            await Append(Juliet, number);
            await Append(Romeo, 99);
        }

        IReadOnlyList<OfflineMessage> first = await Messages.ReadAsync(Juliet, 0, 3, CancellationToken);
        IReadOnlyList<OfflineMessage> second = await Messages.ReadAsync(Juliet, first[^1].Id, 3, CancellationToken);

        Assert.Equal([0, 1, 2], first.Select(static message => message.Stanza.Span[0]));
        Assert.Equal([3, 4], second.Select(static message => message.Stanza.Span[0]));
        Assert.Equal(5, await Messages.CountAsync(Juliet, CancellationToken));
    }

    [Fact]
    public async Task A_full_account_takes_no_more()
    {
        Assert.True(await Messages.AppendAsync(Juliet, _id++, new byte[1], 2, CancellationToken));
        Assert.True(await Messages.AppendAsync(Juliet, _id++, new byte[1], 2, CancellationToken));
        Assert.False(await Messages.AppendAsync(Juliet, _id++, new byte[1], 2, CancellationToken));
        Assert.True(await Messages.AppendAsync(Romeo, _id++, new byte[1], 2, CancellationToken));

        Assert.Equal(2, await Messages.CountAsync(Juliet, CancellationToken));
    }

    [Fact]
    public async Task The_limit_holds_for_many_at_once()
    {
        bool[] kept = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ =>
            Messages.AppendAsync(Juliet, _id++, new byte[1], 10, CancellationToken).AsTask()));

        Assert.Equal(10, kept.Count(static taken => taken));
        Assert.Equal(10, await Messages.CountAsync(Juliet, CancellationToken));
    }

    [Fact]
    public async Task Messages_are_forgotten_each_by_its_id()
    {
        for (byte number = 0; number < 4; number++)
            await Append(Juliet, number);
        await Append(Romeo, 9);
        IReadOnlyList<OfflineMessage> before = await Messages.ReadAsync(Juliet, 0, 10, CancellationToken);

        await Messages.DeleteAsync(Juliet, [before[0].Id, before[2].Id, 77], CancellationToken);
        await Messages.DeleteAsync(Romeo, [before[1].Id], CancellationToken);
        await Messages.DeleteAsync(Romeo, [], CancellationToken);

        Assert.Equal([before[1].Id, before[3].Id], (await Messages.ReadAsync(Juliet, 0, 10, CancellationToken)).Select(static message => message.Id));
        Assert.Equal(1, await Messages.CountAsync(Romeo, CancellationToken));
    }

    [Fact]
    public async Task The_order_is_that_of_the_ids()
    {
        foreach (long id in new[] { 30L, 10, 20 })
            await Messages.AppendAsync(Juliet, id, new[] { (byte)id }, 10, CancellationToken);

        Assert.Equal([10, 20, 30], (await Messages.ReadAsync(Juliet, 0, 10, CancellationToken)).Select(static message => message.Stanza.Span[0]));
        Assert.Equal([20L, 30L], (await Messages.ReadAsync(Juliet, 10, 10, CancellationToken)).Select(static message => message.Id));
    }

    [Fact]
    public async Task To_append_an_id_again_changes_nothing()
    {
        Assert.True(await Messages.AppendAsync(Juliet, 5, new byte[] { 1 }, 10, CancellationToken));
        Assert.True(await Messages.AppendAsync(Juliet, 5, new byte[] { 2 }, 10, CancellationToken));

        Assert.Equal(1, Assert.Single(await Messages.ReadAsync(Juliet, 0, 10, CancellationToken)).Stanza.Span[0]);
    }

    [Fact]
    public async Task The_highest_id_is_that_of_all_accounts()
    {
        Assert.Equal(0, await Messages.HighestIdAsync(CancellationToken));
        await Messages.AppendAsync(Romeo, 70, new byte[1], 10, CancellationToken);
        await Messages.AppendAsync(Juliet, 60, new byte[1], 10, CancellationToken);

        Assert.Equal(70, await Messages.HighestIdAsync(CancellationToken));
    }

    [Fact]
    public async Task An_account_that_does_not_exist_has_no_messages()
    {
        Jid nobody = Jid.Parse("nobody@example.com");

        await Messages.DeleteAsync(nobody, [1], CancellationToken);

        Assert.Empty(await Messages.ReadAsync(nobody, 0, 10, CancellationToken));
        Assert.Equal(0, await Messages.CountAsync(nobody, CancellationToken));
    }

    private async Task Append(Jid account, byte content) =>
        Assert.True(await Messages.AppendAsync(account, _id++, new[] { content }, 100, CancellationToken));
}
