using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>A room as a client sees it that asks for what there is, over BOSH (XEP-0206).</summary>
public sealed class RoomsOverBoshTests
{
    private const int Count = 200;

    [Fact]
    public async Task Somebody_enters_hears_two_hundred_messages_in_order_leaves_and_comes_back()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop", Transport.WebSocket);
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_persistentroom=1");
        var hag = await server.LoginBoshAsync("hag66@example.org/web");

        var entered = await ReadAsync(hag, await EnterAsync(hag), IsSubject);
        Assert.Equal([$"{Coven}/firstwitch", $"{Coven}/thirdwitch"], entered.Where(static element => element.LocalName == "presence").Select(static presence => presence.Attribute("from")));

        for (var i = 0; i < Count; i++)
        {
            await crone.SendAsync($"<message type='groupchat' to='{Coven}'><body>{i}</body></message>");
        }

        var heard = await ReadAsync(hag, await hag.SendAsync().WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken), static element => element.Body() == $"{Count - 1}");
        Assert.Equal(Enumerable.Range(0, Count).Select(static i => $"{i}"), heard.Select(StanzaAssert.Body));

        // What it sends itself in one request goes out in that order too.
        var answer = await hag.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(static i => $"<message xmlns='jabber:client' type='groupchat' to='{Coven}'><body>mine {i}</body></message>")))
            .WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        var own = await ReadAsync(hag, answer, static element => element.Body() == "mine 19");
        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"mine {i}"), own.Select(StanzaAssert.Body));
        await crone.ReceiveAsync(static element => element.Body() == "mine 19");

        // The end of the session is the way out, and another one the way in, with the history between.
        await hag.SendAsync($"<presence xmlns='jabber:client' type='unavailable'/>", "type='terminate'").WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        await crone.ReceiveAsync(static element => element.LocalName == "presence" && element.Attribute("type") == "unavailable");
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><body>missed</body></message>");
        await crone.BarrierAsync();
        var again = await server.LoginBoshAsync("hag66@example.org/web");
        var history = await ReadAsync(again, await EnterAsync(again), IsSubject);
        Assert.Equal("missed", history.Last(static element => element.Body() is not null).Body());
    }

    private static Task<BoshReply> EnterAsync(BoshClient client) =>
        client.SendAsync($"<presence xmlns='jabber:client' to='{Coven}/thirdwitch'>{Enter()}</presence>").WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

    // From an answer on, asking for more until the last one has come.
    private static async Task<IReadOnlyList<XmlElement>> ReadAsync(BoshClient client, BoshReply first, Func<XmlElement, bool> isLast)
    {
        var all = new List<XmlElement>();
        for (var reply = first; ; reply = await client.SendAsync().WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken))
        {
            all.AddRange(reply.Elements);
            if (all.Exists(element => isLast(element)))
            {
                return all;
            }
        }
    }

    private static bool IsSubject(XmlElement element) => element.LocalName == "message" && element.Child("subject", "jabber:client") is not null;
}
