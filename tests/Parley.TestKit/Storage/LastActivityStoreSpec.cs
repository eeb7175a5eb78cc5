using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="ILastActivityStore"/> does.</summary>
public abstract class LastActivityStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private ILastActivityStore Activities => Store<ILastActivityStore>();

    [Fact]
    public async Task Who_was_never_seen_has_no_last_activity() => Assert.Null(await Activities.GetAsync(Juliet, CancellationToken));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Parting is such sweet sorrow \ud83c\udf39")]
    public async Task The_last_logout_is_kept(string? status)
    {
        var last = new LastActivity(new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero), status);
        await Activities.SetAsync(Juliet, new LastActivity(DateTimeOffset.UnixEpoch, "before"), CancellationToken);
        await Activities.SetAsync(Juliet, last, CancellationToken);

        Assert.Equal(last, await Activities.GetAsync(Juliet, CancellationToken));
        Assert.Null(await Activities.GetAsync(Romeo, CancellationToken));
    }
}
