using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Messages from one occupant to another (XEP-0045 §7.5).</summary>
public sealed class PrivateMessageTests
{
    // With the element or without.
    [Theory]
    [Example(46, 47)]
    [InlineData("<x xmlns='http://jabber.org/protocol/muc#user'/>")]
    [InlineData("")]
    public async Task A_private_message_reaches_its_recipient_alone(string mark)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync($"<message id='hgn27af1' type='chat' to='{Coven}/firstwitch'><body>I'll give thee a wind.</body>{mark}</message>");

        var message = await crone.MessageAsync();
        Assert.Equal($"{Coven}/secondwitch", message.Attribute("from"));
        Assert.Equal("crone1@example.org/desktop", message.Attribute("to"));
        Assert.Equal("chat", message.Attribute("type"));
        Assert.Equal("hgn27af1", message.Attribute("id"));
        Assert.Equal("I'll give thee a wind.", message.Body());
        Assert.Null(message.User().About);
        Assert.NotNull(message.Child("occupant-id", "urn:xmpp:occupant-id:0"));
        await hag.ExpectNothingAsync(wicca);
    }

    // §7.2.8: to all clients of who has that nickname.
    [Fact]
    public async Task All_clients_of_the_recipient_get_it_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        var phone = await server.LoginAsync("crone1@example.org/phone");
        await phone.EnterAsync($"{Coven}/firstwitch");
        await crone.ReceiveAllAsync();

        await wicca.SendAsync($"<message to='{Coven}/firstwitch'><body>A wind</body></message>");

        await wicca.BarrierAsync();
        Assert.Single(await crone.ReceiveAllAsync());
        Assert.Single(await phone.ReceiveAllAsync());
    }

    [Fact]
    [Example(48)]
    public async Task To_one_occupant_there_is_no_groupchat()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync($"<message id='bx71f29k' type='groupchat' to='{Coven}/firstwitch'><body>A wind</body></message>");

        var error = await wicca.MessageAsync();
        error.IsError("bad-request", "modify");
        Assert.Equal($"{Coven}/firstwitch", error.Attribute("from"));
        await crone.ExpectNothingAsync(wicca);
    }

    [Fact]
    public async Task To_a_nickname_that_nobody_has_it_is_not_found()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (_, wicca, _) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync($"<message type='chat' to='{Coven}/nobody'><body>A wind</body></message>");

        (await wicca.MessageAsync()).IsError("item-not-found", "cancel");
    }

    [Fact]
    public async Task From_outside_it_is_not_acceptable()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        await stranger.SendAsync($"<message type='chat' to='{Coven}/firstwitch'><body>A wind</body></message>");

        (await stranger.MessageAsync()).IsError("not-acceptable", "modify");
        await crone.ExpectNothingAsync(stranger);
    }

    // §16.5.3, muc#roomconfig_allowpm.
    [Theory]
    [InlineData("anyone", true, true)]
    [InlineData("participants", true, true)]
    [InlineData("moderators", false, true)]
    [InlineData("none", false, false)]
    public async Task Who_may_write_them_is_for_the_owner_to_say(string who, bool participant, bool moderator)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server, $"muc#roomconfig_allowpm={who}");

        await wicca.SendAsync($"<message type='chat' to='{Coven}/firstwitch'><body>A wind</body></message>");
        await crone.SendAsync($"<message type='chat' to='{Coven}/thirdwitch'><body>Another</body></message>");
        await wicca.BarrierAsync();
        await crone.BarrierAsync();

        Assert.Equal(participant, (await wicca.ReceiveAllAsync()).Count == 0);
        Assert.Equal(moderator, (await crone.ReceiveAllAsync()).All(static element => element.Attribute("type") != "error"));
    }

    // §17.4: neither who made an error nor what it says in words is told, and nobody writes in an error.
    [Fact]
    public async Task An_error_tells_no_real_address_and_carries_nothing()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_allowpm=none");

        await hag.SendAsync($"<message type='error' id='p' to='{Coven}/secondwitch'><body>hag66@example.org</body><error type='modify' by='hag66@example.org/pda'>"
            + "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>hag66@example.org does not want it</text></error></message>");

        var error = await wicca.MessageAsync();
        error.IsError("not-acceptable", "modify");
        Assert.Equal($"{Coven}/thirdwitch", error.Attribute("from"));
        Assert.Equal("p", error.Attribute("id"));
        Assert.DoesNotContain("hag66", error.ToText(), StringComparison.Ordinal);
        await crone.ExpectNothingAsync(hag);
    }

    [Fact]
    public async Task Errors_have_the_rate_of_messages()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.RateLimits = true);
        var (_, wicca, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync(string.Concat(Enumerable.Repeat(
            $"<message type='error' to='{Coven}/secondwitch'><error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", 60)));

        Assert.Equal(50, (await wicca.AfterAsync(hag)).Count);
        await hag.ExpectNothingAsync(wicca);
    }

    // Whom one has blocked writes no private messages, and the error of that does not put one out of the room.
    [Fact]
    public async Task Who_blocks_an_occupant_stays_in_the_room()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        (await crone.IqAsync("set", null, $"<block xmlns='urn:xmpp:blocking'><item jid='{Coven}/secondwitch'/></block>")).IsResult();
        await crone.ReceiveAllAsync();

        await wicca.SendAsync($"<message id='p' type='chat' to='{Coven}/firstwitch'><body>A wind</body></message>");

        var error = await wicca.MessageAsync();
        error.IsError("service-unavailable", "cancel");
        Assert.Equal($"{Coven}/firstwitch", error.Attribute("from"));
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        Assert.Equal("Thrice", (await crone.MessageAsync()).Body());
    }
}
