using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §16.7 and §18.1.1: what clients send that were given an address to open, and which namespaces a room lets pass.</summary>
public sealed class Section1607AddressTests
{
    [Theory]
    [Example(209, 211)]
    [InlineData("")]
    [InlineData("<password>cauldronburn</password>")]
    public async Task Who_opens_the_address_of_a_room_enters(string password)
    {
        await using var scene = await Scene.StartAsync(
            "coven",
            ["hag66@example.org/pda -", "crone1@example.org/desktop - owner"],
            password.Length == 0 ? [] : ["muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn"]);

        await scene.SendAsync($"<presence from='hag66@example.org/pda' to='coven@conference.example.org/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'>{password}</x></presence>");

        await scene.ExpectAsync(Entered);
    }

    [Theory]
    [Example(213, 215)]
    [InlineData("hecate@example.org")]
    [InlineData("hecate@example.org", "bard@example.org")]
    public async Task Who_opens_an_address_that_invites_enters_and_invites(params string[] invitees)
    {
        await using var scene = await Scene.StartAsync("coven", ["hag66@example.org/pda -", "crone1@example.org/desktop - owner"]);
        await scene.LoginAsync("hecate@example.org/broom", isAvailable: true);
        await scene.LoginAsync("bard@example.org/globe", isAvailable: true);

        await scene.SendAsync($"""
            <presence from='hag66@example.org/pda' to='coven@conference.example.org/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>
            <message from='hag66@example.org/pda' to='coven@conference.example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'>{string.Concat(invitees.Select(static invitee => $"<invite to='{invitee}'/>"))}</x>
            </message>
            """);

        await scene.ExpectAsync($"""
            {Entered}
            <message from='coven@conference.example.org' to='{string.Join(' ', invitees)}'>
              <x xmlns='http://jabber.org/protocol/muc#user'><invite from='hag66@example.org'/></x>
            </message>
            """);
    }

    // Which password goes with the invitation, the room knows itself (§7.8.2).
    [Fact, Example(217)]
    public async Task The_password_of_an_invitation_is_that_of_the_room()
    {
        await using var scene = await Scene.StartAsync("coven", ["hag66@example.org/pda -", "crone1@example.org/desktop - owner"]);
        await scene.LoginAsync("hecate@example.org/broom", isAvailable: true);

        await scene.SendAsync("""
            <presence from='hag66@example.org/pda' to='coven@conference.example.org/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>
            <message from='hag66@example.org/pda' to='coven@conference.example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'><invite to='hecate@example.org'/><password>cauldronburn</password></x>
            </message>
            """);

        await scene.ExpectAsync($"""
            {Entered}
            <message from='coven@conference.example.org' to='hecate@example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'><invite from='hag66@example.org'/></x>
            </message>
            """);
    }

    [Fact, Example(218, 220)]
    public async Task Rooms_let_everything_pass()
    {
        await using var scene = await Scene.StartAsync("heath", ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop -"]);

        await scene.SendAsync("""
            <iq from='wiccarocks@example.org/laptop' to='heath@conference.example.org' id='allow1' type='get'>
              <query xmlns='http://jabber.org/protocol/disco#info' node='http://jabber.org/protocol/muc#traffic'/>
            </iq>
            """);

        await scene.ExpectAsync("""
            <iq from='heath@conference.example.org' to='wiccarocks@example.org/laptop' id='allow1' type='error'>
              <error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }

    private const string Entered = """
        <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda'>
          <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' jid='hag66@example.org/pda' role='participant'/><status code='110'/></x>
        </presence>
        <message from='coven@conference.example.org' to='hag66@example.org/pda' type='groupchat'><subject/></message>
        """;
}
