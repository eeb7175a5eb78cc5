using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>When what is said in a room counts as accepted: an answer to a request behind it says so.</summary>
public class RoomDurabilityTests
{
    private const string Ping = "<ping xmlns='urn:xmpp:ping'/>";

    [Fact]
    public async Task In_a_room_that_stays_when_it_is_durable()
    {
        await using var server = await XmppTestServer.StartAsync(null, HeldArchiveStore.Register);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_persistentroom=1");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        await wicca.EnterAsync($"{Coven}/secondwitch");
        await crone.ReceiveAllAsync();

        // One behind the other: the answer would be there before what the other says.
        await crone.SendAsync($"<message to='{Coven}' type='groupchat'><body>Thrice</body></message><iq type='get' id='behind' to='example.org'>{Ping}</iq>");
        Assert.Equal("Thrice", (await crone.MessageAsync()).Body());
        await wicca.SendAsync($"<message to='{Coven}' type='groupchat'><body>Once</body></message>");
        Assert.Equal("Once", (await crone.ReceiveAsync()).Body());

        ((HeldArchiveStore)server.Get<IArchiveStore>()).Release();
        (await crone.ReceiveAsync()).IsResult();
    }

    [Fact]
    public async Task In_a_room_that_goes_with_its_occupants_at_once()
    {
        await using var server = await XmppTestServer.StartAsync(null, HeldArchiveStore.Register);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");

        await crone.SendAsync($"<message to='{Coven}' type='groupchat'><body>Thrice</body></message>");

        (await crone.IqAsync("get", "example.org", Ping)).IsResult();
        Assert.NotNull(await server.Get<IArchiveStore>().BoundsAsync(Protocol.Addressing.Jid.Parse(Coven), TestContext.Current.CancellationToken));
        ((HeldArchiveStore)server.Get<IArchiveStore>()).Release();
    }
}
