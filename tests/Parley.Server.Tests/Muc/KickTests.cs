using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.AdminClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>A moderator puts an occupant out (XEP-0045 §8.2).</summary>
public sealed class KickTests
{
    // With the answer before the presences.
    [Fact]
    [Example(89, 90, 91, 92)]
    public async Task Who_is_kicked_goes_and_everybody_is_told_why_and_by_whom()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item("nick=thirdwitch role=none", "Avaunt, you cullion!"));

        foreach (var client in new[] { crone, wicca, hag })
        {
            var presence = await client.PresenceAsync($"{Coven}/thirdwitch");
            Assert.Equal("unavailable", presence.Attribute("type"));
            Assert.Equal(client == hag ? "none none 110 307" : "none none 307", presence.Says());
            Assert.Equal("firstwitch: Avaunt, you cullion!", presence.Why());
            Assert.Null(presence.User().About!.ActorJid);
            Assert.Equal(client == wicca ? null : "hag66@example.org/pda", presence.User().About!.Jid?.ToString());
        }

        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        await crone.MessageAsync();
        await hag.ExpectNothingAsync(crone);
        await hag.EnterAsync($"{Coven}/thirdwitch");
    }

    // "After informing the moderator, the service MUST then inform all of the remaining occupants."
    [Fact]
    public async Task The_moderator_is_answered_before_he_sees_the_occupant_go()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item("nick=thirdwitch role=none"));
        await crone.SendAsync($"<iq type='set' id='again' to='{Coven}'><query xmlns='http://jabber.org/protocol/muc#admin'>{Item("nick=secondwitch role=none")}</query></iq>");

        var received = await crone.ReceiveAllAsync();
        Assert.Equal(["presence", "iq", "presence"], received.Select(static element => element.LocalName));
    }

    // §7.2.8: a nickname goes with all its clients.
    [Fact]
    public async Task All_clients_of_a_nickname_go()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var tablet = await server.LoginAsync("hag66@example.org/tablet");
        await tablet.EnterAsync($"{Coven}/thirdwitch");
        await hag.ReceiveAllAsync();
        await crone.ReceiveAllAsync();

        await crone.ChangeAsync(Item("nick=thirdwitch role=none"));

        Assert.Equal("none none 110 307", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none none 110 307", (await tablet.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none none 307", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Says());
        await crone.ExpectNothingAsync();
    }

    // In a non-anonymous room the actor's address may be told, too.
    [Fact]
    public async Task Where_addresses_are_known_that_of_the_actor_is()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server, "muc#roomconfig_whois=anyone");

        await crone.ChangeAsync(Item("nick=thirdwitch role=none"));

        Assert.Equal("crone1@example.org", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).User().About!.ActorJid?.ToString());
    }

    // "If a moderator attempts to kick himself, the service MAY deny the request and return a <conflict/> error."
    [Fact]
    public async Task A_moderator_does_not_kick_himself()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        await crone.DeniedAsync("conflict", "cancel", Item("nick=firstwitch role=none"));

        await wicca.ExpectNothingAsync(crone);
    }

    [Fact]
    public async Task Of_several_changes_all_are_made_or_none()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.DeniedAsync("item-not-found", "cancel", Item("nick=thirdwitch role=none"), Item("nick=fourthwitch role=none"));
        await crone.DeniedAsync("conflict", "cancel", Item("nick=thirdwitch role=none"), Item("nick=firstwitch role=none"));
        await crone.DeniedAsync("bad-request", "modify", Item("nick=thirdwitch role=none"), Item("nick=thirdwitch role=visitor"));
        await hag.ExpectNothingAsync(crone, wicca);

        await crone.ChangeAsync(Item("nick=thirdwitch role=none"), Item("nick=secondwitch role=none"));
        Assert.Equal("none none 110 307", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none none 110 307", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());
    }

    // Hostile input: what is needed is missing, empty or nothing that there is.
    [Theory]
    [InlineData("")]
    [InlineData("<item/>")]
    [InlineData("<item nick='thirdwitch'/>")]
    [InlineData("<item role='none'/>")]
    [InlineData("<item nick='' role='none'/>")]
    [InlineData("<item nick='thirdwitch' role=''/>")]
    [InlineData("<item nick='thirdwitch' role='witch'/>")]
    [InlineData("<item jid='hag66@example.org' role='none'/>")]
    [InlineData("<item nick='thirdwitch' role='none' affiliation='none'/>")]
    [InlineData("<item nick='thirdwitch' role='none'/><item jid='hag66@example.org' affiliation='member'/>")]
    [InlineData("<item affiliation='member'/>")]
    [InlineData("<item affiliation='' jid='hag66@example.org'/>")]
    [InlineData("<item affiliation='witch' jid='hag66@example.org'/>")]
    [InlineData("<item affiliation='member' jid=''/>")]
    [InlineData("<item affiliation='member' nick=''/>")]
    [InlineData("<item affiliation='member' jid='hag66@example.org'/><item affiliation='admin' jid='hag66@example.org/pda'/>")]
    public async Task What_is_incomplete_is_refused(string items)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await crone.DeniedAsync("bad-request", "modify", items);

        await hag.ExpectNothingAsync(crone);
    }

    [Theory]
    [InlineData("jid-malformed", "modify", "<item affiliation='member' jid='@'/>")]
    [InlineData("item-not-found", "cancel", "<item affiliation='member' nick='nobody'/>")]
    [InlineData("item-not-found", "cancel", "<item role='none' nick='nobody'/>")]
    public async Task Who_is_not_to_be_found_is_not_changed(string condition, string type, string item)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);

        await crone.DeniedAsync(condition, type, item);
    }

    [Fact]
    public async Task A_reason_and_a_request_have_an_end()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await crone.DeniedAsync("not-acceptable", "modify", Item("nick=thirdwitch role=none", new string('a', 1025)));
        await crone.DeniedAsync("policy-violation", "modify", [.. Enumerable.Range(0, 257).Select(static i => Item($"jid=w{i}@example.org affiliation=outcast"))]);
        await hag.ExpectNothingAsync(crone);
    }

    [Fact]
    public async Task In_a_room_that_is_locked_or_not_there_nobody_is_kicked()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");

        await hag.DeniedAsync("item-not-found", "cancel", Item("nick=firstwitch role=none"));
        await crone.EnterAsync($"{Coven}/firstwitch");
        await hag.DeniedAsync("item-not-found", "cancel", Item("nick=firstwitch role=none"));
        (await hag.AdminAsync("get", Item("affiliation=owner"))).IsError("item-not-found", "cancel");
    }
}
