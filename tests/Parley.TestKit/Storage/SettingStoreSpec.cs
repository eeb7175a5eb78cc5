using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="ISettingStore"/> does.</summary>
public abstract class SettingStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private ISettingStore Settings => Store<ISettingStore>();

    [Fact]
    public async Task A_value_is_made_once()
    {
        ReadOnlyMemory<byte> made = await Settings.GetOrAddAsync("secret", static () => new byte[] { 1, 2, 3 }, CancellationToken);
        ReadOnlyMemory<byte> found = await Settings.GetOrAddAsync("secret", static () => throw new InvalidOperationException(), CancellationToken);
        ReadOnlyMemory<byte> other = await Settings.GetOrAddAsync("other", static () => new byte[] { 4 }, CancellationToken);

        Assert.Equal([1, 2, 3], made.ToArray());
        Assert.Equal([1, 2, 3], found.ToArray());
        Assert.Equal([4], other.ToArray());
    }

    [Fact]
    public async Task All_who_ask_at_the_same_time_get_the_same_value()
    {
        ReadOnlyMemory<byte>[] values = await Task.WhenAll(Enumerable.Range(0, 30).Select(number =>
            Settings.GetOrAddAsync("secret", () => new[] { (byte)number }, CancellationToken).AsTask()));

        Assert.Single(values.Select(static value => value.Span[0]).Distinct());
    }
}
