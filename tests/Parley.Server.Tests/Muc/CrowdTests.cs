using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Modules.Muc;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Rooms of thousands: what goes out is what XEP-0045 demands, encoded once, and what is done besides grows with the occupants and not with their square.</summary>
public sealed class CrowdTests
{
    // With who made the room, as many as a room may have at most.
    private const int Many = 4999;

    // §7.4, §7.7, §7.6, §7.14: of one, all hear.
    [Fact]
    public async Task In_a_room_of_5000_all_hear_what_one_does_and_it_is_encoded_once()
    {
        await using var server = await StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_presencebroadcast=moderator");
        var crowd = CrowdDomain.In(server);
        for (var i = 0; i < Many; i++)
        {
            await crowd.EnterAsync(i);
        }

        (await crone.ConfigureAsync(
            Coven, "muc#roomconfig_presencebroadcast=moderator", "muc#roomconfig_presencebroadcast=participant", "muc#roomconfig_presencebroadcast=visitor")).IsResult();
        await crone.ReceiveAllAsync();

        crowd.Forget();
        await crowd.SendAsync(7, $"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        Assert.Equal((Many, 1), (crowd.Messages, crowd.Encodings));
        Assert.Equal("Thrice", (await crone.MessageAsync()).Body());

        // The others see one encoding, himself another, with his address and code 110.
        crowd.Forget();
        await crowd.SendAsync(7, $"<presence to='{Coven}/user7'><show>away</show></presence>");
        Assert.Equal((Many, 2), (crowd.Presences, crowd.Encodings));

        crowd.Forget();
        await crowd.SendAsync(7, $"<presence to='{Coven}/oldhag'/>");
        Assert.Equal((Many, Many, 4), (crowd.Departures, crowd.Presences, crowd.Encodings));

        crowd.Forget();
        await crowd.SendAsync(7, $"<presence type='unavailable' to='{Coven}/oldhag'/>");
        Assert.Equal((Many, 2), (crowd.Departures, crowd.Encodings));

        crowd.Forget();
        await crowd.SendAsync(8, $"<message type='groupchat' to='{Coven}'><body>Fie</body></message>");
        Assert.Equal(Many - 1, crowd.Messages);
        Assert.Equal(
            [$"{Coven}/user7", $"{Coven}/user7", $"{Coven}/oldhag", $"{Coven}/oldhag"],
            (await crone.ReceiveAllAsync()).Where(static element => element.LocalName == "presence").Select(static element => element.Attribute("from")));
    }

    // §7.2.2, §7.2.15: each newcomer is told of all, all of him, he of himself, and the subject.
    [Theory]
    [InlineData(500)]
    [InlineData(1000)]
    public async Task When_a_crowd_enters_at_once_what_goes_out_is_what_is_demanded_and_encodings_are_linear(int count)
    {
        await using var server = await StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner)]);
        var crowd = CrowdDomain.In(server);

        // All of them, before the first has been let in.
        await Task.WhenAll(Enumerable.Range(0, count).Select(number => crowd.EnterAsync(number)));

        Assert.Equal((count * (count - 1)) + count, crowd.Presences);
        Assert.Equal(count, crowd.Subjects);
        Assert.Equal((0, 0), (crowd.Departures, crowd.Messages));

        // Of each: his presence as others see it, as he sees it himself, and the subject.
        Assert.Equal(3 * count, crowd.Encodings);
    }

    [Fact]
    public async Task In_1000_rooms_of_50_each_hears_of_his_own_room_alone()
    {
        const int rooms = 1000;
        const int each = 50;
        await using var server = await StartAsync();
        for (var room = 0; room < rooms; room++)
        {
            await server.StoreAsync($"room{room}@{Service}", [Member("crone1@example.org", MucAffiliation.Owner)]);
        }

        var crowd = CrowdDomain.In(server);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var number = 0; number < rooms * each; number++)
        {
            await crowd.EnterAsync(number, $"room{number / each}@{Service}");
        }

        Assert.Equal(rooms * each * each, crowd.Presences);
        Assert.Equal(rooms * each, crowd.Subjects);
        crowd.Forget();
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (rooms * each);
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} bytes for each occupant, other tests' that ran beside it included.");

        for (var number = 0; number < rooms * each; number += each)
        {
            await crowd.SendAsync(number, $"<message type='groupchat' to='room{number / each}@{Service}'><body>Thrice</body></message>");
        }

        Assert.Equal((rooms * each, rooms), (crowd.Messages, crowd.Encodings));
    }

    // Where nobody is shown, nothing that is demanded is quadratic: so the rest shows.
    [Fact]
    public async Task What_is_allocated_when_twice_as_many_enter_and_leave_is_twice_as_much()
    {
        await AllocatedAsync(100);
        var few = await AllocatedAsync(500);
        var many = await AllocatedAsync(1000);

        // Less, where the compiler has found meanwhile what need not be on the heap.
        Assert.InRange((double)many / few, 1.5, 2.15);
    }

    private static async Task<long> AllocatedAsync(int count)
    {
        await using var server = await StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_presencebroadcast=moderator");
        var crowd = CrowdDomain.In(server);
        await crowd.EnterAsync(count);
        var thread = Environment.CurrentManagedThreadId;
        var before = GC.GetAllocatedBytesForCurrentThread();

        // Without waiting, all that is done is done on this thread.
        for (var i = 0; i < count; i++)
        {
            await crowd.EnterAsync(i);
        }

        for (var i = 0; i < count; i++)
        {
            await crowd.SendAsync(i, $"<presence type='unavailable' to='{Coven}/user{i}'/>");
        }

        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(
        null,
        static builder => builder.Services.Configure<MucOptions>(static options =>
            (options.MaxOccupants, options.WhoMayCreate) = (Many + 1, RoomCreators.Local)));
}
