using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Modules.Muc;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Rooms with many clients of this server, to which what is said leaves by sweeps: everybody hears everything, in one order, whatever happens meanwhile.</summary>
public sealed class SweepTests
{
    private const int Speakers = 4;
    private const int Each = 10;

    [Theory]
    [InlineData(40)]

    // More than one sweep takes at once.
    [InlineData(2100)]
    public async Task All_hear_what_several_say_at_once_in_one_order(int count)
    {
        await using var server = await StartAsync();
        var clients = await FillAsync(server, count);

        await Task.WhenAll(clients.Take(Speakers).Select(static async (client, speaker) =>
        {
            for (var i = 0; i < Each; i++)
            {
                await client.SendAsync(Say($"{speaker}-{i}"));
            }
        }));

        var first = await HeardAsync(clients[0]);
        Assert.Equal(Speakers * Each, first.Distinct().Count());
        for (var speaker = 0; speaker < Speakers; speaker++)
        {
            Assert.Equal(Enumerable.Range(0, Each).Select(i => $"{speaker}-{i}"), first.Where(text => text.StartsWith($"{speaker}-", StringComparison.Ordinal)));
        }

        foreach (var client in clients[1..])
        {
            Assert.Equal(first, await HeardAsync(client));
        }
    }

    // XEP-0045 §7.14, §8.2: one goes, one is put out.
    [Fact]
    public async Task Who_goes_or_is_put_out_has_heard_what_was_said_before()
    {
        await using var server = await StartAsync();
        var clients = await FillAsync(server, 40);
        var (admin, speaker, leaving, kicked) = (clients[0], clients[1], clients[2], clients[3]);

        // In one piece, and the last of it ends the admin's stream: he leaves the room, too.
        for (var i = 0; i < Each; i++)
        {
            await speaker.SendAsync(Say($"{i}"));
        }

        await leaving.SendAsync($"<presence type='unavailable' to='{Coven}/witch2'/>");
        await speaker.BarrierAsync();
        await admin.SendAsync($"{Kick("witch3")}<message from='nobody@example.org' to='{Coven}'/>");

        foreach (var client in (TestClient[])[leaving, kicked])
        {
            var heard = new List<string>();
            while (await client.ReceiveAsync(static element => element.Attribute("from")!.StartsWith(Coven, StringComparison.Ordinal)) is var next
                && (next.LocalName != "presence" || !next.Says().Contains("110", StringComparison.Ordinal)))
            {
                heard.AddRange(next.Body() is { } body ? [body] : []);
            }

            Assert.Equal(Enumerable.Range(0, client == kicked ? Each : heard.Count).Select(static i => $"{i}"), heard);
        }

        await admin.ReceiveAsync(static element => element.Is("error", Protocol.Namespaces.Streams));
        Assert.Equal($"{Coven}/witch0", (await clients[^1].ReceiveAsync(static element => element.Attribute("from") == $"{Coven}/witch0")).Attribute("from"));
    }

    private static string Say(string text) => $"<message type='groupchat' to='{Coven}'><body>{text}</body></message>";

    private static string Kick(string nickname) =>
        $"<iq type='set' id='kick' to='{Coven}'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='{nickname}' role='none'/></query></iq>";

    private static async Task<List<string>> HeardAsync(TestClient client)
    {
        var heard = new List<string>();
        while (heard.Count < Speakers * Each)
        {
            heard.Add((await client.MessageAsync()).Body()!);
        }

        return heard;
    }

    private static Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(
        build: static builder => builder.Services.Configure<MucOptions>(static options => (options.MaxOccupants, options.WhoMayCreate) = (5000, RoomCreators.Local)));

    // Nobody is told who comes: in a room of n that is n² presences.
    private static async Task<TestClient[]> FillAsync(XmppTestServer server, int count)
    {
        var clients = new TestClient[count];
        for (var i = 0; i < count; i++)
        {
            clients[i] = await server.LoginAsync($"witch{i}@example.org/broom");
            if (i == 0)
            {
                await clients[i].CreateAsync($"{Coven}/witch{i}", "muc#roomconfig_presencebroadcast=moderator");
            }
            else
            {
                await clients[i].EnterAsync($"{Coven}/witch{i}");
            }
        }

        return clients;
    }
}
