using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Messages to all occupants (XEP-0045 §7.4), and what the room marks in them (XEP-0359, XEP-0421).</summary>
public sealed class MessageTests
{
    [Fact]
    [Example(44, 45)]
    public async Task A_message_reaches_everybody_its_author_among_them_from_his_address_in_the_room()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await WitchesAsync(server);

        await hag.SendAsync($"<message id='hysf1v37' xml:lang='en' type='groupchat' to='{Coven}'><body>Harpier cries: 'tis time, 'tis time.</body></message>");

        foreach (var client in new[] { crone, wicca, hag })
        {
            var message = await client.MessageAsync();
            Assert.Equal($"{Coven}/thirdwitch", message.Attribute("from"));
            Assert.Equal(client.Jid, message.Attribute("to"));
            Assert.Equal("hysf1v37", message.Attribute("id"));
            Assert.Equal("groupchat", message.Attribute("type"));
            Assert.Equal("en", message.Attribute("lang", "http://www.w3.org/XML/1998/namespace"));
            Assert.Equal("Harpier cries: 'tis time, 'tis time.", message.Body());
            var id = message.Child("stanza-id", "urn:xmpp:sid:0");
            Assert.Equal(Coven, id?.Attribute("by"));
            Assert.Equal(16, id?.Attribute("id")?.Length);
            Assert.NotNull(message.Child("occupant-id", "urn:xmpp:occupant-id:0")?.Attribute("id"));
        }
    }

    [Fact]
    public async Task All_clients_of_a_user_get_the_message_and_may_send_one()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await WitchesAsync(server);
        var tablet = await server.LoginAsync("hag66@example.org/tablet");
        await tablet.EnterAsync($"{Coven}/thirdwitch");

        await tablet.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");

        Assert.Equal("Thrice", (await hag.MessageAsync()).Body());
        Assert.Equal("Thrice", (await tablet.MessageAsync()).Body());
        Assert.Equal($"{Coven}/thirdwitch", (await crone.MessageAsync()).Attribute("from"));
    }

    // Hostile input: three copies of each, all removed.
    [Fact]
    public async Task Forged_marks_of_the_room_are_removed_and_the_rest_goes_on()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await WitchesAsync(server);
        const string forged = $"<stanza-id xmlns='urn:xmpp:sid:0' by='{Coven}' id='forged'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>"
            + $"<delay xmlns='urn:xmpp:delay' from='{Coven}' stamp='2002-10-13T23:58:37Z'>forged</delay><delay xmlns='urn:xmpp:delay' stamp='2002-10-13T23:58:37Z'>forged</delay>"
            + "<x xmlns='jabber:x:delay' stamp='20021013T23:58:37'>forged</x><x xmlns='http://jabber.org/protocol/muc#user'><status code='100'/></x>";

        await hag.SendAsync($"<message type='groupchat' to='{Coven}'>{forged}<body>Thrice</body>{forged}<origin-id xmlns='urn:xmpp:sid:0' id='o'/>"
            + $"<stanza-id xmlns='urn:xmpp:sid:0' by='other@example.net' id='theirs'/><x xmlns='urn:x'/>{forged}</message>");

        var message = await crone.MessageAsync();
        Assert.DoesNotContain("forged", message.ToText(), StringComparison.Ordinal);
        Assert.Equal(
            ["body", "origin-id", "stanza-id", "x", "occupant-id", "stanza-id"],
            Names(message));
        Assert.Equal("theirs", message.Child("stanza-id", "urn:xmpp:sid:0")?.Attribute("id"));
    }

    // §7.4: without voice.
    [Fact]
    public async Task Visitors_have_no_voice_in_a_moderated_room()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_moderatedroom=1");
        Assert.Equal("none visitor 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
        await crone.ReceiveAllAsync();

        await hag.SendAsync($"<message id='m' type='groupchat' to='{Coven}'><body>Thrice</body></message>");

        var error = await hag.MessageAsync();
        error.IsError("forbidden", "auth");
        Assert.Equal(Coven, error.Attribute("from"));
        Assert.Equal("m", error.Attribute("id"));
        await crone.ExpectNothingAsync(hag);
    }

    [Fact]
    public async Task Who_is_not_in_the_room_says_nothing_there()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await WitchesAsync(server);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        await stranger.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");

        (await stranger.MessageAsync()).IsError("not-acceptable", "modify");
        await crone.ExpectNothingAsync(stranger);
    }

    // §17.2.
    [Fact]
    public async Task A_message_to_a_room_that_is_not_there_or_locked_comes_back()
    {
        await using var server = await XmppTestServer.StartAsync();
        var hag = await server.LoginAsync("hag66@example.org/pda");

        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        (await hag.MessageAsync()).IsError("item-not-found", "cancel");

        await hag.EnterAsync($"{Coven}/thirdwitch");
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        (await hag.MessageAsync()).IsError("item-not-found", "cancel");
    }

    // §17.2: improperly typed.
    [Theory]
    [InlineData("")]
    [InlineData(" type='chat'")]
    [InlineData(" type='headline'")]
    public async Task A_message_to_the_room_of_another_type_is_refused(string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await WitchesAsync(server);

        await hag.SendAsync($"<message{type} to='{Coven}'><body>Thrice</body></message>");

        (await hag.MessageAsync()).IsError("bad-request", "modify");
        await crone.ExpectNothingAsync(hag);
    }

    [Fact]
    public async Task Messages_of_one_client_arrive_in_their_order_at_all_others()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await WitchesAsync(server);
        var sent = Enumerable.Range(0, 100).Select(static number => $"{number}").ToArray();

        await Task.WhenAll(
            hag.SendAsync(string.Concat(sent.Select(body => $"<message type='groupchat' to='{Coven}'><body>{body}</body></message>"))),
            wicca.SendAsync(string.Concat(sent.Select(body => $"<message type='groupchat' to='{Coven}'><body>{body}</body></message>"))));

        await hag.BarrierAsync();
        await wicca.BarrierAsync();
        var received = (await crone.ReceiveAllAsync()).Where(static element => element.LocalName == "message").ToList();
        Assert.Equal(sent, received.Where(static message => message.Attribute("from") == $"{Coven}/thirdwitch").Select(StanzaAssert.Body));
        Assert.Equal(sent, received.Where(static message => message.Attribute("from") == $"{Coven}/secondwitch").Select(StanzaAssert.Body));

        // One order for all, and the ids rise in it.
        var atWicca = (await wicca.ReceiveAllAsync()).Where(static element => element.LocalName == "message").ToList();
        Assert.Equal(received.Select(Id), atWicca.Select(Id));
        Assert.Equal(received.Select(Id).Order(StringComparer.Ordinal), received.Select(Id));
        static string Id(XmlElement message) => message.Child("stanza-id", "urn:xmpp:sid:0")!.Value.Attribute("id")!;
    }

    internal static async Task<(TestClient Crone, TestClient Wicca, TestClient Hag)> WitchesAsync(XmppTestServer server, params string[] fields)
    {
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/firstwitch", fields);
        await wicca.EnterAsync($"{Coven}/secondwitch");
        await hag.EnterAsync($"{Coven}/thirdwitch");
        await crone.ReceiveAllAsync();
        await wicca.ReceiveAllAsync();
        return (crone, wicca, hag);
    }

    private static List<string> Names(XmlElement message)
    {
        var names = new List<string>();
        foreach (var child in message.Children)
        {
            names.Add(child.LocalName);
        }

        return names;
    }
}
