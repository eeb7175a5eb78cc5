using Parley.Server.Modules.Muc;
using Parley.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Rooms with many in them: who enters is told of all, and nobody waits for who does not read.</summary>
public sealed class LargeRoomTests
{
    private const int Many = 1000;

    [Fact]
    public async Task Who_enters_a_large_room_gets_all_presences_although_they_are_more_than_may_wait()
    {
        await using var server = await StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await FillAsync(server, crone);
        var hag = await server.LoginAsync("hag66@example.org/pda");

        var entry = await hag.EnterAsync($"{Coven}/thirdwitch");

        Assert.Equal(Many + 2, entry.Presences.Count);
        Assert.Equal("none participant 110 170", entry.Own.Says());
        Assert.Equal(Many + 2, entry.Presences.Select(static presence => presence.Attribute("from")).Distinct().Count());
    }

    [Fact]
    public async Task While_somebody_enters_slowly_the_others_talk_and_he_hears_it_later()
    {
        await using var server = await StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await FillAsync(server, crone);
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await hag.RequestAsync($"{Coven}/thirdwitch");
        await crone.PresenceAsync($"{Coven}/thirdwitch");

        // He has not read a byte so far, and has a window of 64 KiB.
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        Assert.Equal("Thrice", (await crone.MessageAsync()).Body());

        var received = new List<string>();
        while (received is [] || received[^1] != "Thrice")
        {
            var next = await hag.ReceiveAsync();
            received.Add(next.LocalName == "presence" ? "presence" : next.Body() ?? "subject");
        }

        Assert.Equal([.. Enumerable.Repeat("presence", Many + 2), "subject", "Thrice"], received);
    }

    // A quarter of what the presences take.
    private static Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(
        static options =>
        {
            options.MaxOutputBytes = 128 * 1024;
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" };
        },
        static builder => builder.Services.Configure<MucOptions>(static options => (options.MaxOccupants, options.WhoMayCreate) = (5000, RoomCreators.Local)));

    // While they come nobody is told: in a room of n that is n² presences.
    private static async Task FillAsync(XmppTestServer server, TestClient crone)
    {
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_presencebroadcast=moderator");
        var far = await server.ComponentAsync("far.example.net");
        for (var i = 0; i < Many; i++)
        {
            await far.SendAsync($"<presence from='user{i}@far.example.net/pda' to='{Coven}/user{i}'><status>{new string('x', 200)}</status>{Enter()}</presence>");
            if (i % 20 == 0)
            {
                await far.ReceiveAllAsync();
            }
        }

        await far.ReceiveAllAsync();
        (await crone.ConfigureAsync(
            Coven, "muc#roomconfig_presencebroadcast=moderator", "muc#roomconfig_presencebroadcast=participant", "muc#roomconfig_presencebroadcast=visitor")).IsResult();
        await crone.ReceiveAllAsync();
        await far.ReceiveAllAsync();
    }
}
