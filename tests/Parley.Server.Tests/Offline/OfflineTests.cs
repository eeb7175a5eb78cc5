using System.Globalization;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Offline;

public class OfflineTests
{
    private static readonly Jid Juliet = Jid.Parse("juliet@example.org");

    /// <summary>A server with the storage of these tests.</summary>
    protected virtual Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => XmppTestServer.StartAsync(options);

    [Fact]
    public async Task A_message_waits_for_its_recipient_and_says_since_when()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org' id='m1' xml:lang='en'><body>O blessed, blessed night!</body></message>");
        await romeo.ExpectNothingAsync();
        server.Time.Advance(TimeSpan.FromHours(1));

        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ExpectNothingAsync();
        await juliet.PresenceAsync();

        var message = await juliet.MessageAsync();
        Assert.Equal("O blessed, blessed night!", message.Body());
        Assert.Equal("romeo@example.org/orchard", message.Attribute("from"));
        Assert.Equal("m1", message.Attribute("id"));
        var delay = message.Child("delay", "urn:xmpp:delay")!.Value;
        Assert.Equal("example.org", delay.Attribute("from"));
        Assert.Equal("2026-01-01T12:00:00Z", delay.Attribute("stamp"));
    }

    [Fact]
    public async Task A_resource_that_reads_nothing_does_not_keep_messages_from_another()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        for (var i = 0; i < 40; i++)
        {
            await romeo.SendAsync($"<message to='juliet@example.org' type='chat' id='{i}'><body>{new string('x', 8000)}</body></message>");
        }

        await romeo.ExpectNothingAsync();
        var deaf = await server.LoginAsync("juliet@example.org/deaf");
        await deaf.SendAsync("<presence/>");
        await server.Time.WhenDelayedAsync();
        var desk = await server.LoginAsync("juliet@example.org/desk");
        await desk.AppearAsync();
        Assert.Equal("juliet@example.org/deaf", (await desk.ReceiveAsync()).Attribute("from"));
        await romeo.SendAsync(Message("juliet@example.org/desk", "live"));
        await desk.ExpectNothingAsync(romeo);

        server.Time.Advance(TimeSpan.FromSeconds(30));

        for (var i = 0; i < 40; i++)
        {
            Assert.Equal($"{i}", (await desk.MessageAsync()).Attribute("id"));
        }

        Assert.Equal("live", (await desk.MessageAsync()).Body());
    }

    [Fact]
    public async Task A_negative_priority_takes_no_messages()
    {
        await using var server = await StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.AppearAsync("<priority>-1</priority>");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync(Message("juliet@example.org", "later"));
        await juliet.ExpectNothingAsync(romeo);

        await juliet.PresenceAsync(1);

        Assert.Equal("later", (await juliet.MessageAsync()).Body());
    }

    [Theory]
    [InlineData("<message to='{0}'><body>x</body></message>", true)]
    [InlineData("<message to='{0}' type='normal'><body>x</body></message>", true)]
    [InlineData("<message to='{0}' type='chat'><body>x</body></message>", true)]
    [InlineData("<message to='{0}' type='unheard-of'><body>x</body></message>", true)]
    [InlineData("<message to='{0}/gone' type='chat'><body>x</body></message>", true)]
    [InlineData("<message to='{0}' type='chat'><body>x</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><received xmlns='urn:xmpp:receipts' id='1'/></message>", true)]
    [InlineData("<message to='{0}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", false)]
    [InlineData("<message to='{0}' type='chat'><thread>t</thread><gone xmlns='http://jabber.org/protocol/chatstates'/></message>", false)]
    [InlineData("<message to='{0}' type='chat'><gone xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><body>x</body><no-store xmlns='urn:xmpp:hints'/></message>", false)]
    [InlineData("<message to='{0}' type='groupchat'><body>x</body></message>", false)]
    public async Task By_type_and_content_a_message_is_kept_or_refused(string message, bool kept)
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        await romeo.SendAsync(string.Format(CultureInfo.InvariantCulture, message, "juliet@example.org"));
        if (kept)
        {
            await romeo.ExpectNothingAsync();
        }
        else
        {
            (await romeo.MessageAsync()).IsError("service-unavailable", "cancel");
        }

        Assert.Equal(kept ? 1 : 0, await server.Get<IOfflineStore>().CountAsync(Juliet, CancellationToken.None));
    }

    [Theory]
    [InlineData("<message to='juliet@example.org' type='headline'><body>x</body></message>")]
    [InlineData("<message to='juliet@example.org' type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")]
    public async Task Headlines_and_errors_are_dropped(string message)
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        await romeo.SendAsync(message);

        await romeo.ExpectNothingAsync();
        Assert.Equal(0, await server.Get<IOfflineStore>().CountAsync(Juliet, CancellationToken.None));
    }

    [Fact]
    public async Task Nobody_has_no_offline_messages()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        await romeo.SendAsync(Message("nobody@example.org", "x"));

        (await romeo.MessageAsync()).IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task Beyond_the_quota_messages_are_refused_and_the_oldest_stay()
    {
        await using var server = await StartAsync(options => (options.MaxOfflineMessages, options.ArchiveDefault) = (3, ArchiveDefault.Never));
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        for (var i = 0; i < 4; i++)
        {
            await romeo.SendAsync(Message("juliet@example.org", $"{i}"));
        }

        (await romeo.MessageAsync()).IsError("service-unavailable", "cancel");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.PresenceAsync();
        await ExpectBodiesAsync(juliet, 0, 3);
    }

    [Fact]
    public async Task Many_messages_arrive_in_order_once_and_are_then_forgotten()
    {
        await using var server = await StartAsync();
        await StoreAsync(server, 200, new string('x', 2000));
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.PresenceAsync();
        await ExpectBodiesAsync(juliet, 0, 200);
        await juliet.ChangePresenceAsync("<presence type='unavailable'/>");
        await juliet.AppearAsync();
        await juliet.BarrierAsync();

        // It waits for the delivery to end, if that is still under way.
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync(Message("juliet@example.org", "200"));
        await ExpectBodiesAsync(juliet, 200, 201);
        Assert.Equal(0, await server.Get<IOfflineStore>().CountAsync(Juliet, CancellationToken.None));
    }

    [Fact]
    public async Task New_messages_do_not_overtake_those_that_waited()
    {
        await using var server = await StartAsync();
        await StoreAsync(server, 100, new string('x', 2000));
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        // 200 KB do not fit into the client's window: the delivery is under way until she reads.
        await juliet.AppearAsync();
        await juliet.SendAsync("<message to='romeo@example.org/orchard'><body>here</body></message>");
        Assert.Equal("here", (await romeo.MessageAsync()).Body());
        for (var i = 100; i < 105; i++)
        {
            await romeo.SendAsync(Message("juliet@example.org", $"{i}"));
        }

        await romeo.BarrierAsync();

        await ExpectBodiesAsync(juliet, 0, 105);
        await juliet.ExpectNothingAsync(romeo);
    }

    [Fact]
    public async Task A_second_resource_gets_no_doubles()
    {
        await using var server = await StartAsync();
        await StoreAsync(server, 100, new string('x', 2000));
        var balcony = await server.LoginAsync("juliet@example.org/balcony");
        var chamber = await server.LoginAsync("juliet@example.org/chamber");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await balcony.PresenceAsync();
        await balcony.SendAsync("<message to='romeo@example.org/orchard'><body>here</body></message>");
        Assert.Equal("here", (await romeo.MessageAsync()).Body());
        await balcony.SendAsync("<message to='juliet@example.org/chamber' type='headline'><body>first</body></message>");

        await chamber.PresenceAsync();
        await chamber.BarrierAsync();

        await ExpectBodiesAsync(balcony, 0, 100);
        Assert.Equal("first", (await chamber.MessageAsync()).Body());
        await balcony.SendAsync(Message("juliet@example.org", "last"));
        Assert.Equal("last", (await chamber.MessageAsync()).Body());
    }

    [Fact]
    public async Task What_a_lost_connection_did_not_take_is_delivered_to_the_next()
    {
        await using var server = await StartAsync();
        await StoreAsync(server, 100, new string('x', 4000));
        var balcony = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await balcony.PresenceAsync();
        await balcony.SendAsync("<message to='romeo@example.org/orchard'><body>here</body></message>");
        Assert.Equal("here", (await romeo.MessageAsync()).Body());
        await balcony.DisposeAsync();

        var chamber = await server.LoginAsync("juliet@example.org/chamber");
        await chamber.AppearAsync();
        await chamber.BarrierAsync();
        await chamber.SendAsync(Message("juliet@example.org", "100"));

        var first = int.Parse(Number(await chamber.MessageAsync()), CultureInfo.InvariantCulture);
        Assert.InRange(first, 0, 99);
        await ExpectBodiesAsync(chamber, first + 1, 101);
        await chamber.ExpectNothingAsync();
    }

    [Fact]
    public async Task What_comes_back_from_a_lost_connection_is_not_stored_twice()
    {
        await using var server = await StartAsync();
        await StoreAsync(server, 100, new string('x', 4000));
        var balcony = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        for (var i = 0; i < 50; i++)
        {
            // More than her window takes: what is written behind it waits in the server.
            await romeo.SendAsync($"<message to='juliet@example.org/balcony' type='headline'><body>{new string('x', 4000)}</body></message>");
        }

        await romeo.BarrierAsync();
        await balcony.PresenceAsync();
        await balcony.SendAsync("<message to='romeo@example.org/orchard'><body>here</body></message>");
        Assert.Equal("here", (await romeo.MessageAsync()).Body());
        await balcony.DisposeAsync();

        Assert.Equal(100, await server.Get<IOfflineStore>().CountAsync(Juliet, CancellationToken.None));
    }

    [Fact]
    public async Task Where_there_is_an_archive_the_oldest_make_room_and_nothing_is_refused()
    {
        await using var server = await StartAsync(static options => options.MaxOfflineMessages = 3);
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        for (var i = 1; i <= 10; i++)
        {
            await romeo.SendAsync($"<message to='juliet@example.org' type='chat'><body>{i}</body></message>");
            await romeo.BarrierAsync();
        }

        await romeo.ExpectNothingAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.PresenceAsync();
        foreach (var body in new[] { "8", "9", "10" })
        {
            Assert.Equal(body, (await juliet.MessageAsync()).Body());
        }
    }

    [Fact]
    public async Task Where_several_make_room_at_once_nothing_is_missing_in_between()
    {
        const int room = 64;
        const int each = 100;
        await using var server = await StartAsync(static options => options.MaxOfflineMessages = room);
        await server.CreateAccountAsync("juliet@example.org");
        var senders = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => server.LoginAsync($"romeo{i}@example.org/orchard")));

        await Task.WhenAll(senders.Select(static async sender =>
        {
            for (var i = 0; i < each; i++)
            {
                await sender.SendAsync($"<message to='juliet@example.org' type='chat'><body>{i}</body></message>");
            }

            await sender.ExpectNothingAsync();
        }));

        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.SendAsync($"<iq type='set' id='last'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>{room}</max><before/></set></query></iq>");
        var archived = (await juliet.ReceiveAllAsync()).Where(static element => element.LocalName == "message").Select(static message => message.Child("result", "urn:xmpp:mam:2")!.Value.Attribute("id")).ToList();
        Assert.Equal(room, archived.Count);

        // A session that has looked there is not given the same again: another comes online.
        var count = await server.Get<IOfflineStore>().CountAsync(Juliet, CancellationToken.None);
        Assert.InRange(count, room - 8, room);
        var chamber = await server.LoginAsync("juliet@example.org/chamber");
        await chamber.PresenceAsync();
        foreach (var id in archived[^count..])
        {
            Assert.Equal(id, (await chamber.MessageAsync()).Child("stanza-id", "urn:xmpp:sid:0")!.Value.Attribute("id"));
        }
    }

    [Fact]
    public async Task Nobody_but_the_server_says_that_the_server_held_a_message_back()
    {
        await using var server = await StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.AppearAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        const string forged = "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2002-09-10T23:08:25Z'>Offline Storage</delay>";

        await romeo.SendAsync($"<message to='juliet@example.org'>{forged}<body>now</body>{forged}<delay xmlns='urn:xmpp:delay' from='room@conference.example.net' stamp='2002-09-10T23:08:25Z'/>{forged}</message>");

        var message = await juliet.MessageAsync();
        Assert.Equal("now", message.Body());
        Assert.Equal(3, message.ChildCount);
        Assert.Equal("room@conference.example.net", message.Child("delay", "urn:xmpp:delay")!.Value.Attribute("from"));
    }

    private static async Task StoreAsync(XmppTestServer server, int count, string padding)
    {
        await server.CreateAccountAsync("juliet@example.org");
        var nurse = await server.LoginAsync("nurse@example.org/house");
        for (var i = 0; i < count; i++)
        {
            await nurse.SendAsync(Message("juliet@example.org", $"{i} {padding}"));
        }

        await nurse.ExpectNothingAsync();
    }

    private static async Task ExpectBodiesAsync(TestClient client, int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), Number(await client.MessageAsync()));
        }
    }

    private static string Number(XmlElement message) => message.Body()!.Split(' ')[0];

    private static string Message(string to, string body) => $"<message to='{to}' type='chat'><body>{body}</body></message>";
}
