using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Server.Modules.Muc;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Rooms that their creator has not configured yet (XEP-0045 §10.1.1, the end of §10.1.3).</summary>
public sealed class LockedRoomTests
{
    private const string Owner = "http://jabber.org/protocol/muc#owner";

    // §10.1.1: as long as it is not configured, nobody but its creator is there.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_room_that_was_never_configured_goes_with_its_creator(bool isCut)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var phone = await server.LoginAsync("crone1@example.org/phone");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.EnterAsync($"{Coven}/firstwitch");

        // Under whatever nickname, with whatever client.
        await phone.EnterAsync($"{Coven}/crone");
        await crone.SendAsync($"<presence type='unavailable' to='{Coven}/firstwitch'/>");
        Assert.Equal("owner none", (await phone.PresenceAsync($"{Coven}/firstwitch")).Says());
        await hag.RefusedAsync($"{Coven}/thirdwitch", "item-not-found", "cancel");
        (await phone.IqAsync("get", Coven, $"<query xmlns='{Owner}'/>")).IsResult();

        if (isCut)
        {
            await phone.DisposeAsync();
        }
        else
        {
            await phone.SendAsync("<presence/><presence type='unavailable'/>");
            await phone.BarrierAsync();
        }

        (await hag.IqAsync("get", Coven, "<query xmlns='http://jabber.org/protocol/disco#info'/>")).IsError("item-not-found", "cancel");
        Assert.Equal("owner moderator 110 170 201", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
    }

    // §10.1.1, step 5.
    [Fact]
    public async Task Where_the_operator_says_so_a_room_opens_by_itself()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder => builder.Services.Configure<MucOptions>(static options =>
            (options.ConfigurationTime, options.NewRooms.Persistent) = (TimeSpan.FromMinutes(5), true)));
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.EnterAsync($"{Coven}/firstwitch");

        server.Time.Advance(TimeSpan.FromMinutes(4));
        await hag.RefusedAsync($"{Coven}/thirdwitch", "item-not-found", "cancel");
        server.Time.Advance(TimeSpan.FromMinutes(1));

        // The room's turn comes before his.
        Assert.Equal("none participant 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
        Assert.NotNull(await server.Get<IRoomStore>().FindAsync(Jid.Parse(Coven), CancellationToken.None));
        (await crone.ConfigureAsync(Coven, "muc#roomconfig_roomname=Cave")).IsResult();
    }
}
