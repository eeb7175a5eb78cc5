using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="IDetachedSessionStore"/> does.</summary>
public abstract class DetachedSessionStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private static readonly Jid Balcony = Jid.Parse("juliet@example.com/balcony");
    private static readonly Jid Orchard = Jid.Parse("romeo@example.net/'; DROP TABLE detached_session; --");

    private IDetachedSessionStore Sessions => Store<IDetachedSessionStore>();

    [Fact]
    public async Task What_is_kept_is_taken_once()
    {
        await Sessions.SaveAsync([new("a", Balcony, new byte[] { 1, 2 }.AsMemory(1))], CancellationToken);
        await Sessions.SaveAsync([new("b'\"", Orchard, default)], CancellationToken);
        await Sessions.SaveAsync([], CancellationToken);

        IReadOnlyList<DetachedSession> taken = await Sessions.TakeAllAsync(CancellationToken);
        Assert.Equal(["a", "b'\""], taken.Select(static session => session.Id).Order(StringComparer.Ordinal));
        DetachedSession first = taken.Single(static session => session.Id == "a");
        Assert.Equal(Balcony, first.Jid);
        Assert.Equal([2], first.State.ToArray());
        Assert.Empty(taken.Single(static session => session.Id != "a").State.ToArray());
        Assert.Empty(await Sessions.TakeAllAsync(CancellationToken));
    }

    [Fact]
    public async Task The_last_state_of_an_id_counts()
    {
        await Sessions.SaveAsync([new("a", Balcony, new byte[] { 1 })], CancellationToken);
        await Sessions.SaveAsync([new("a", Orchard, new byte[] { 2 })], CancellationToken);

        DetachedSession taken = Assert.Single(await Sessions.TakeAllAsync(CancellationToken));
        Assert.Equal(Orchard, taken.Jid);
        Assert.Equal([2], taken.State.ToArray());
    }

    [Fact]
    public async Task A_session_without_an_account_is_passed_over()
    {
        await Sessions.SaveAsync([new("a", Jid.Parse("nurse@example.com/x"), default), new("b", Balcony, default)], CancellationToken);

        Assert.Equal("b", Assert.Single(await Sessions.TakeAllAsync(CancellationToken)).Id);
    }

    [Fact]
    public async Task A_session_goes_with_its_account()
    {
        await Sessions.SaveAsync([new("a", Balcony, default)], CancellationToken);
        await Store<IAccountStore>().RemoveAsync(Juliet, CancellationToken);
        await Store<IAccountStore>().CreateAsync(Juliet, Credentials(), CancellationToken);

        Assert.Empty(await Sessions.TakeAllAsync(CancellationToken));
    }

    [Fact]
    public async Task Many_are_kept()
    {
        await Sessions.SaveAsync([.. Enumerable.Range(0, 1000).Select(static number => new DetachedSession($"{number}", Balcony, new byte[100]))], CancellationToken);

        Assert.Equal(1000, (await Sessions.TakeAllAsync(CancellationToken)).Count);
    }
}
