using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Server.Hosting;
using Parley.Server.Modules.Archive;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Archive;

public class RetentionTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Without_limits_everything_is_kept()
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await TalkAsync(server, 3);

        server.Time.Advance(TimeSpan.FromDays(10));

        Assert.Equal(["0", "1", "2"], (await romeo.ArchiveAsync()).Bodies);
    }

    [Fact]
    public async Task What_is_too_old_goes_within_the_hour()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveMaxAge = TimeSpan.FromHours(10));
        var romeo = await TalkAsync(server, 2);
        server.Time.Advance(TimeSpan.FromHours(9.5));
        await romeo.SayAsync("juliet@example.org", "2");
        Assert.Equal(["0", "1", "2"], (await romeo.ArchiveAsync()).Bodies);

        server.Time.Advance(Hour + Hour);

        Assert.Equal(["2"], (await romeo.ArchiveAsync()).Bodies);
        Assert.NotNull(await server.Get<IArchiveStore>().BoundsAsync(Jid.Parse("juliet@example.org"), CancellationToken.None));
    }

    [Fact]
    public async Task What_is_too_much_goes_and_the_newest_stays()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveMaxMessages = 3);
        var romeo = await TalkAsync(server, 5);
        Assert.Equal(5, (await romeo.ArchiveAsync()).Results.Count);

        server.Time.Advance(Hour);

        Assert.Equal(["2", "3", "4"], (await romeo.ArchiveAsync()).Bodies);
    }

    [Fact]
    public async Task A_domain_may_have_limits_of_its_own()
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
        {
            options.Domains.Add("example.org");
            options.Domains.Add("example.net");
            options.ArchiveMaxMessages = 1;
            options.ArchiveLimits["example.net"] = new ArchiveLimits { MaxMessages = 0 };
        });
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var juliet = await server.LoginAsync("juliet@example.net/balcony");
        await romeo.SayAsync("juliet@example.net", "1", "2");

        server.Time.Advance(Hour);

        Assert.Equal(["2"], (await romeo.ArchiveAsync()).Bodies);
        Assert.Equal(["1", "2"], (await juliet.ArchiveAsync()).Bodies);
    }

    [Fact]
    public async Task The_rooms_of_a_service_have_limits_too()
    {
        await using var server = await XmppTestServer.StartAsync(
            static options => options.ArchiveLimits["rooms.example.org"] = new ArchiveLimits { MaxMessages = 2, MaxAge = TimeSpan.FromHours(10) },
            static builder => builder.Services.AddSingleton<IArchiveDomains>(new Services("rooms.example.org", "halls.example.org")));
        var store = server.Get<IArchiveStore>();
        string[] rooms = ["a@rooms.example.org", "b@halls.example.org"];
        foreach (var room in rooms.Select(Jid.Parse))
        {
            await server.Get<IRoomStore>().SaveAsync(new RoomRow(room, null, null, true, default), CancellationToken.None);
            for (var number = 0; number < 4; number++)
            {
                var id = ArchiveId.At(server.Time.GetUtcNow() - TimeSpan.FromHours(3 * number));
                await store.AppendAsync(new ArchiveEntry(id, "<message/>"u8.ToArray(), null, null, true, new(room, room.WithResource("nick")), null), CancellationToken.None);
            }
        }

        server.Time.Advance(Hour);
        Assert.Equal([2, 4], await CountAsync());
        server.Time.Advance(TimeSpan.FromHours(7));
        Assert.Equal([1, 4], await CountAsync());

        async Task<List<long?>> CountAsync()
        {
            var counts = new List<long?>();
            foreach (var room in rooms)
            {
                counts.Add((await store.ReadAsync(new ArchiveQuery(Jid.Parse(room)), new ArchivePaging(0), CancellationToken.None)).Count);
            }

            return counts;
        }
    }

    [Fact]
    public async Task Much_goes_in_steps_with_pauses()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveMaxMessages = 1);
        await server.CreateAccountAsync("juliet@example.org");
        var store = server.Get<IArchiveStore>();
        var place = new ArchivePlace(Jid.Parse("juliet@example.org"), Jid.Parse("romeo@example.org"));
        for (var id = 1; id <= 1200; id++)
        {
            await store.AppendAsync(new ArchiveEntry(id, "<message/>"u8.ToArray(), null, null, false, place, null), CancellationToken.None);
        }

        server.Time.Advance(Hour);
        await server.Time.WhenDelayedAsync();
        Assert.Equal(501, (await store.BoundsAsync(place.Owner, CancellationToken.None))?.First);
        server.Time.Advance(TimeSpan.FromMilliseconds(100));
        await server.Time.WhenDelayedAsync();
        Assert.Equal(1001, (await store.BoundsAsync(place.Owner, CancellationToken.None))?.First);
        server.Time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(new ArchiveBounds(1200, 1200), await store.BoundsAsync(place.Owner, CancellationToken.None));
    }

    [Theory]
    [InlineData(-1, 0, null, "ArchiveMaxAge")]
    [InlineData(0, -1, null, "ArchiveMaxMessages")]
    [InlineData(0, 0, "example.com", "ArchiveLimits:example.com")]
    public async Task Limits_that_make_no_sense_keep_the_server_from_starting(int days, int messages, string? domain, string key)
    {
        var refusal = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => XmppTestServer.StartAsync(options =>
        {
            (options.ArchiveMaxAge, options.ArchiveMaxMessages) = (TimeSpan.FromDays(days), messages);
            if (domain is not null)
            {
                options.ArchiveLimits[domain] = new ArchiveLimits();
            }
        }));

        Assert.StartsWith(key, Assert.Single(refusal.Failures), StringComparison.Ordinal);
    }

    private static async Task<TestClient> TalkAsync(XmppTestServer server, int count)
    {
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SayAsync("juliet@example.org", [.. Enumerable.Range(0, count).Select(static i => $"{i}")]);
        return romeo;
    }

    private sealed class Services(params string[] domains) : IArchiveDomains
    {
        public IReadOnlyList<string> Domains => domains;
    }
}
