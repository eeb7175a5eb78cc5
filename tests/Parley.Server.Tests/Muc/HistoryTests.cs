using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>What whoever enters is given of what was said (XEP-0045 §7.2.13, §7.2.14), and the subject (§7.2.15).</summary>
public sealed class HistoryTests
{
    [Fact]
    [Example(33)]
    public async Task History_comes_behind_the_presences_and_before_the_subject_with_the_time_of_each()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var began = server.Time.GetUtcNow();
        await SayAsync(server, crone, 2);
        var hecate = await server.LoginAsync("hecate@example.org/broom");

        var entry = await hecate.EnterAsync($"{Coven}/hecate");

        Assert.Equal(["presence", "presence", "message", "message", "message"], entry.All.Select(static element => element.LocalName));
        Assert.Equal(["0", "1"], entry.History.Select(StanzaAssert.Body));
        foreach (var (message, index) in entry.History.Select(static (message, index) => (message, index)))
        {
            var delay = DelayedDelivery.Parse(message.Child(DelayedDelivery.Name)!.Value);
            Assert.Equal(Coven, delay.From?.ToString());
            Assert.Equal(began + TimeSpan.FromMinutes(index), delay.Stamp, TimeSpan.FromMilliseconds(1));
            Assert.Equal($"{Coven}/firstwitch", message.Attribute("from"));
            Assert.Equal("hecate@example.org/broom", message.Attribute("to"));
            Assert.Equal("groupchat", message.Attribute("type"));
            Assert.Equal($"m{index}", message.Attribute("id"));
            Assert.NotNull(message.Child(StanzaId.Name));
            Assert.NotNull(message.Child("occupant-id", "urn:xmpp:occupant-id:0"));
        }
    }

    // Ten messages, one a minute, the last a minute ago.
    [Theory]
    [Example(35, 36, 37, 38, 39)]
    [InlineData("", 10)]
    [InlineData("<history maxstanzas='3'/>", 3)]
    [InlineData("<history maxstanzas='0'/>", 0)]
    [InlineData("<history maxchars='0'/>", 0)]
    [InlineData("<history maxchars='65000'/>", 10)]
    [InlineData("<history seconds='180'/>", 3)]
    [InlineData("<history seconds='180' maxstanzas='2'/>", 2)]
    [InlineData("<history seconds='120' maxstanzas='5'/>", 2)]
    [InlineData("<history since='1970-01-01T00:00:00Z'/>", 10)]
    [InlineData("<history since='1970-01-01T00:00:00Z' seconds='60'/>", 1)]
    [InlineData("<history maxstanzas='99999999999999'/>", 10)]
    public async Task Each_limit_that_is_asked_for_holds(string asked, int count)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await SayAsync(server, crone, 10);
        var hag = await server.LoginAsync("hag66@example.org/pda");

        var entry = await hag.EnterAsync($"{Coven}/thirdwitch", asked);

        Assert.Equal(Enumerable.Range(10 - count, count).Select(static number => $"{number}"), entry.History.Select(StanzaAssert.Body));
    }

    // XEP-0333: they are in the archive, and would leave no place for what was said.
    [Fact]
    public async Task History_has_no_marks_of_how_far_others_have_read()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await SayAsync(server, crone, 2);
        await crone.SendAsync($"<message type='groupchat' id='r' to='{Coven}'><received xmlns='urn:xmpp:chat-markers:0' id='m1'/></message>");
        await crone.AfterAsync(crone);
        var hag = await server.LoginAsync("hag66@example.org/pda");

        var entry = await hag.EnterAsync($"{Coven}/thirdwitch", "<history maxstanzas='2'/>");

        Assert.Equal(["0", "1"], entry.History.Select(StanzaAssert.Body));
    }

    [Fact]
    public async Task The_time_since_which_is_said_to_the_second()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var began = server.Time.GetUtcNow();
        await SayAsync(server, crone, 5);
        var hag = await server.LoginAsync("hag66@example.org/pda");

        var entry = await hag.EnterAsync($"{Coven}/thirdwitch", $"<history since='{DateTimeProfile.Format(began.AddSeconds(150))}'/>");

        Assert.Equal(["3", "4"], entry.History.Select(StanzaAssert.Body));
    }

    // §7.2.14: of complete stanzas, the largest number whose characters are not more.
    [Fact]
    public async Task Characters_are_those_of_whole_stanzas()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await SayAsync(server, crone, 5);
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var all = (await hag.EnterAsync($"{Coven}/thirdwitch")).History;
        var two = all.TakeLast(2).Sum(static message => message.ToText().Length);

        Assert.Equal(["3", "4"], (await hag.EnterAsync($"{Coven}/thirdwitch", $"<history maxchars='{two}'/>")).History.Select(StanzaAssert.Body));
        Assert.Equal(["4"], (await hag.EnterAsync($"{Coven}/thirdwitch", $"<history maxchars='{two - 1}'/>")).History.Select(StanzaAssert.Body));
    }

    [Theory]
    [InlineData("<history maxchars='-1'/>")]
    [InlineData("<history maxstanzas='many'/>")]
    [InlineData("<history seconds=''/>")]
    [InlineData("<history since='yesterday'/>")]
    public async Task What_is_no_number_and_no_time_is_a_bad_request(string asked)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        var hag = await server.LoginAsync("hag66@example.org/pda");

        await hag.RefusedAsync($"{Coven}/thirdwitch", "bad-request", "modify", asked);
    }

    [Fact]
    public async Task The_room_gives_no_more_than_its_owner_allows()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await SayAsync(server, crone, 5, "muc#maxhistoryfetch=2");
        var hag = await server.LoginAsync("hag66@example.org/pda");

        Assert.Equal(["3", "4"], (await hag.EnterAsync($"{Coven}/thirdwitch", "<history maxstanzas='5'/>")).History.Select(StanzaAssert.Body));
    }

    // XEP-0334 §4; chat states say nothing later.
    [Theory]
    [InlineData("<body>Thrice</body><no-store xmlns='urn:xmpp:hints'/>")]
    [InlineData("<body>Thrice</body><no-permanent-store xmlns='urn:xmpp:hints'/>")]
    [InlineData("<composing xmlns='http://jabber.org/protocol/chatstates'/>")]
    public async Task What_is_not_to_be_kept_is_not_in_the_history(string payload)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'>{payload}</message>");
        Assert.Null((await crone.MessageAsync()).Child(StanzaId.Name));
        var hag = await server.LoginAsync("hag66@example.org/pda");

        Assert.Empty((await hag.EnterAsync($"{Coven}/thirdwitch")).History);
    }

    [Fact]
    [Example(41)]
    public async Task A_room_without_a_subject_says_so()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");

        var entry = await crone.EnterAsync($"{Coven}/firstwitch");

        Assert.Equal("groupchat", entry.Subject.Attribute("type"));
        Assert.Equal(Coven, entry.Subject.Attribute("from"));
        Assert.Equal("", entry.Subject.Child("subject", "jabber:client")?.Text);
        Assert.Null(entry.Subject.Child(DelayedDelivery.Name));
    }

    // §7.9: of others, and of times to come, the room's own time counts, and alone (§7.2.13); out of the archive as out of memory.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_owner_alone_brings_what_was_said_before(bool isForgotten)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_persistentroom=1");
        var now = server.Time.GetUtcNow();
        await SayAsync(crone, "crone1@example.org/desktop", "2004-09-29T01:54:37Z");
        await SayAsync(crone, "crone1@example.org/desktop", "2104-09-29T01:54:37Z");
        await SayAsync(hag, "hag66@example.org/pda", "2004-09-29T01:54:37Z");
        if (isForgotten)
        {
            foreach (var client in new[] { crone, wicca, hag })
            {
                await client.SendAsync($"<presence type='unavailable' to='{Coven}'/>");
                await client.BarrierAsync();
            }

            server.Time.Advance(TimeSpan.FromMinutes(11));
        }

        var history = (await (await server.LoginAsync("hecate@example.org/broom")).EnterAsync($"{Coven}/hecate")).History;

        Assert.Equal([1, 1, 1], history.Select(static message => Delays(message).Count));
        Assert.Equal(new DateTimeOffset(2004, 9, 29, 1, 54, 37, TimeSpan.Zero), OwnTime(history[0]));
        Assert.Equal(now, OwnTime(history[1]), TimeSpan.FromSeconds(1));
        Assert.Equal(now, OwnTime(history[2]), TimeSpan.FromSeconds(1));

        static List<DelayedDelivery> Delays(XmlElement message)
        {
            var delays = new List<DelayedDelivery>();
            foreach (var child in message.Children)
            {
                if (child.Is(DelayedDelivery.Name))
                {
                    delays.Add(DelayedDelivery.Parse(child));
                }
            }

            return delays;
        }

        static DateTimeOffset OwnTime(XmlElement message) => Assert.Single(Delays(message), static delay => delay.From?.ToString() == Coven).Stamp;

        static async Task SayAsync(TestClient client, string from, string stamp)
        {
            await client.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body><delay xmlns='urn:xmpp:delay' from='{from}' stamp='{stamp}'/></message>");
            await client.BarrierAsync();
        }
    }

    private static async Task SayAsync(XmppTestServer server, TestClient client, int count, params string[] fields)
    {
        await client.CreateAsync($"{Coven}/firstwitch", fields);
        for (var i = 0; i < count; i++)
        {
            await client.SendAsync($"<message id='m{i}' type='groupchat' to='{Coven}'><body>{i}</body></message>");
            await client.MessageAsync();
            server.Time.Advance(TimeSpan.FromMinutes(1));
        }
    }
}
