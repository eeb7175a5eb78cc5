using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Entering a room (XEP-0045 §7.1, §7.2).</summary>
public sealed class EnteringTests
{
    // §7.1.
    [Fact]
    [Example(18, 20, 21)]
    public async Task Whoever_enters_sees_the_others_then_himself_then_the_subject()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/firstwitch");
        await wicca.EnterAsync($"{Coven}/secondwitch");
        Assert.Equal("none participant", (await crone.PresenceAsync($"{Coven}/secondwitch")).Says());

        var entry = await hag.EnterAsync($"{Coven}/thirdwitch");

        Assert.Equal(
            [$"{Coven}/firstwitch owner moderator", $"{Coven}/secondwitch none participant", $"{Coven}/thirdwitch none participant 110 170"],
            entry.Presences.Select(presence => $"{presence.Attribute("from")} {presence.Says()}"));
        Assert.Equal("enter", entry.Own.Attribute("id"));
        Assert.Empty(entry.History);
        Assert.Equal("none participant", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none participant", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).Says());
        await crone.ExpectNothingAsync(hag);
        await wicca.ExpectNothingAsync(hag);
    }

    // §7.2.2: the first of a nickname alone is told that it created the room (§10.1.1).
    [Fact]
    [Example(153, 154)]
    public async Task Whoever_creates_a_room_owns_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");

        var entry = await crone.EnterAsync($"{Coven}/firstwitch");

        Assert.Equal("owner moderator 110 170 201", entry.Own.Says());
        Assert.Single(entry.Presences);
    }

    [Fact]
    [Example(19)]
    public async Task Without_a_nickname_nobody_enters()
    {
        await using var server = await XmppTestServer.StartAsync();
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await (await server.LoginAsync("crone1@example.org/desktop")).CreateAsync($"{Coven}/firstwitch");

        await hag.SendAsync($"<presence id='273hs51g' to='{Coven}'>{Enter()}</presence>");

        var error = (await hag.PresenceAsync(Coven)).IsError("jid-malformed", "modify");
        Assert.Equal(Coven, error.Attribute("by"));
    }

    // §7.2.3.
    [Fact]
    [Example(23, 24)]
    public async Task In_a_non_anonymous_room_everybody_sees_addresses_and_who_enters_is_warned()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_whois=anyone", "muc#roomconfig_enablelogging=0");
        await wicca.EnterAsync($"{Coven}/secondwitch");

        var entry = await hag.EnterAsync($"{Coven}/thirdwitch");

        Assert.Equal(["crone1@example.org/desktop", "wiccarocks@example.org/laptop", "hag66@example.org/pda"],
            entry.Presences.Select(presence => presence.User().About!.Jid!.ToString()));
        Assert.Equal("none participant 100 110", entry.Own.Says());
        Assert.Equal("hag66@example.org/pda", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).User().About!.Jid!.ToString());
    }

    // §7.2.4.
    [Fact]
    public async Task In_a_semi_anonymous_room_moderators_alone_see_addresses()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/firstwitch");
        await wicca.EnterAsync($"{Coven}/secondwitch");

        var entry = await hag.EnterAsync($"{Coven}/thirdwitch");

        Assert.Equal([null, null, "hag66@example.org/pda"], entry.Presences.Select(presence => presence.User().About!.Jid?.ToString()));
        Assert.Null((await wicca.PresenceAsync($"{Coven}/thirdwitch")).User().About!.Jid);
        Assert.Equal("hag66@example.org/pda", (await crone.PresenceAsync($"{Coven}/thirdwitch")).User().About!.Jid!.ToString());
    }

    // §7.2.1, §17.3: out of step.
    [Fact]
    public async Task Whoever_enters_again_gets_all_again_and_the_others_nothing()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/firstwitch");
        var first = await hag.EnterAsync($"{Coven}/thirdwitch");
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        await hag.MessageAsync();
        await crone.ReceiveAllAsync();

        var second = await hag.EnterAsync($"{Coven}/thirdwitch");

        Assert.Equal(first.Presences.Select(presence => presence.ToText()), second.Presences.Select(presence => presence.ToText()));
        Assert.Equal(["Thrice"], second.History.Select(StanzaAssert.Body));
        await crone.ExpectNothingAsync(hag);
    }

    // Also where there is no such room.
    [Theory]
    [Example(42, 43)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Presence_of_somebody_who_is_not_in_the_room_is_answered_with_a_kick(bool exists)
    {
        await using var server = await XmppTestServer.StartAsync();
        var hag = await server.LoginAsync("hag66@example.org/pda");
        if (exists)
        {
            await (await server.LoginAsync("crone1@example.org/desktop")).CreateAsync($"{Coven}/firstwitch");
        }

        await hag.SendAsync($"<presence id='ng91xs69' to='{Coven}/thirdwitch'/>");

        var kick = await hag.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("unavailable", kick.Attribute("type"));
        Assert.Equal("none none 110 307 333", kick.Says());
        Assert.Equal("You are not in the room.", kick.User().About!.Reason);
    }

    // §17.3: what is the room's own to say, and the password, do not go on; the rest does.
    [Fact]
    public async Task What_a_client_says_of_itself_goes_on_without_what_it_may_not_say()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn");

        await hag.EnterAsync(
            $"{Coven}/thirdwitch",
            "<password>cauldronburn</password>",
            "<show>xa</show><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/></x>"
            + "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='twice'/>"
            + "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>");

        var seen = await crone.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("none participant", seen.Says());
        Assert.Equal("xa", seen.Child("show", "jabber:client")?.Text);
        Assert.NotNull(seen.Child("c", "http://jabber.org/protocol/caps"));
        Assert.Null(seen.Child("x", "http://jabber.org/protocol/muc"));
        Assert.DoesNotContain("forged", seen.ToText(), StringComparison.Ordinal);
        Assert.DoesNotContain("twice", seen.ToText(), StringComparison.Ordinal);
    }

    // XEP-0421 §3.1, §4.1.
    [Fact]
    public async Task Occupant_ids_stay_with_the_user_and_differ_between_rooms()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var tablet = await server.LoginAsync("hag66@example.org/tablet");
        await crone.CreateAsync($"{Coven}/firstwitch");
        await crone.CreateAsync("heath@conference.example.org/firstwitch");

        var id = Id((await hag.EnterAsync($"{Coven}/thirdwitch")).Own);
        var asAnother = Id((await tablet.EnterAsync($"{Coven}/oldhag")).Own);
        var elsewhere = Id((await hag.EnterAsync("heath@conference.example.org/thirdwitch")).Own);

        Assert.Equal(id, asAnother);
        Assert.NotEqual(id, elsewhere);
        Assert.Equal(id, Id(await crone.PresenceAsync($"{Coven}/thirdwitch")));
        Assert.NotEqual(id, Id((await crone.EnterAsync($"{Coven}/firstwitch")).Own));
        static string? Id(Parley.Protocol.Xml.XmlElement stanza) => stanza.Child("occupant-id", "urn:xmpp:occupant-id:0")?.Attribute("id");
    }

    // Somebody elsewhere, whose stanzas go by the router.
    [Fact]
    public async Task Users_elsewhere_are_occupants_like_others()
    {
        await using var server = await XmppTestServer.StartAsync(options =>
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var far = await server.ComponentAsync("far.example.net");
        await crone.CreateAsync($"{Coven}/firstwitch");

        await far.SendAsync($"<presence from='hag66@far.example.net/pda' to='{Coven}/thirdwitch'>{Enter()}</presence>");

        Assert.Equal("owner moderator", (await far.PresenceAsync($"{Coven}/firstwitch")).Says());
        var own = await far.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("none participant 110 170", own.Says());
        Assert.Equal("hag66@far.example.net/pda", own.Attribute("to"));
        Assert.Equal("hag66@far.example.net/pda", (await crone.PresenceAsync($"{Coven}/thirdwitch")).User().About!.Jid!.ToString());

        await crone.SendAsync($"<message id='m' type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        Assert.NotNull((await far.ReceiveAsync(message => message.LocalName == "message" && message.Attribute("id") == "m")).Child("body", far.ContentNamespace));
    }
}
