using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §7.8 and §7.9: inviting, declining, and going on with a chat of two.</summary>
public sealed class Section0708InvitationTests
{
    // The invitation names the inviter's bare JID, which is one of the three that the text allows.
    [Fact, Example(56, 57)]
    public async Task The_room_invites_for_an_occupant()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner"], ["muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn"]);
        await scene.LoginAsync("hecate@example.org/broom", isAvailable: true);

        await scene.SendAsync("""
            <message from='crone1@example.org/desktop' id='nzd143v8' to='coven@conference.example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <invite to='hecate@example.org'><reason>Hey Hecate, this is the place for all good witches!</reason></invite>
              </x>
            </message>
            """);

        await scene.ExpectAsync("""
            <message from='coven@conference.example.org' to='hecate@example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <invite from='crone1@example.org'><reason>Hey Hecate, this is the place for all good witches!</reason></invite>
                <password>cauldronburn</password>
              </x>
            </message>
            """);
    }

    [Fact, Example(58, 59)]
    public async Task The_room_tells_the_inviter_that_somebody_will_not_come()
    {
        await using var scene = await Scene.CovenAsync();
        await scene.LoginAsync("hecate@example.org/broom");

        await scene.SendAsync("""
            <message from='hecate@example.org/broom' id='jk2vs61v' to='coven@conference.example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <decline to='crone1@example.org'><reason>Sorry, I'm too busy right now.</reason></decline>
              </x>
            </message>
            """);

        await scene.ExpectAsync("""
            <message from='coven@conference.example.org' id='jk2vs61v' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <decline from='hecate@example.org'><reason>Sorry, I'm too busy right now.</reason></decline>
              </x>
            </message>
            """);
    }

    // The first presence has 201 as well (§10.1.1); invitations are the room's own (§7.8.2); history is from who said it in the room (§7.2.13).
    [Fact, Example(60, 61, 62, 63, 64, 65)]
    public async Task A_chat_of_two_goes_on_in_a_room()
    {
        await using var scene = await Scene.EmptyAsync(static options => options.NewRooms.Logged = false);
        await scene.LoginAsync("crone1@example.org/desktop");
        await scene.LoginAsync("wiccarocks@example.org/laptop");
        await scene.LoginAsync("hag66@example.org/pda", isAvailable: true);
        const string chat = """
            <message from='crone1@example.org/desktop' id='mjs51f36' to='wiccarocks@example.org/laptop' type='chat'>
              <thread>e0ffe42b28561960c6b12b944a092794b9683a38</thread><body>Thrice the brinded cat hath mew'd.</body>
            </message>
            <message from='wiccarocks@example.org/laptop' id='l9ij1f3h' to='crone1@example.org/desktop' type='chat'>
              <thread>e0ffe42b28561960c6b12b944a092794b9683a38</thread><body>Thrice and once the hedge-pig whined.</body>
            </message>
            """;
        await scene.SendAsync(chat);
        await scene.ExpectAsync(chat);

        await scene.SendAsync("<presence from='crone1@example.org/desktop' to='coven@conference.example.org/firstwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/firstwitch' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='owner' jid='crone1@example.org/desktop' role='moderator'/>
                <status code='110'/>
                <status code='201'/>
              </x>
            </presence>
            <message from='coven@conference.example.org' to='crone1@example.org/desktop' type='groupchat'><subject/></message>
            """);
        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='create1' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>
            </iq>
            """);
        await scene.ForgetAsync();

        await scene.SendAsync(Said("coven@conference.example.org", "crone1@example.org/desktop", "crone1@example.org/desktop"));
        await scene.ExpectAsync(Said("crone1@example.org/desktop", "coven@conference.example.org/firstwitch", "crone1@example.org/desktop"));

        await scene.SendAsync("""
            <message from='crone1@example.org/desktop' id='gl3s85n7' to='coven@conference.example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <invite to='wiccarocks@example.org/laptop'>
                  <reason>This coven needs both wiccarocks and hag66.</reason>
                  <continue thread='e0ffe42b28561960c6b12b944a092794b9683a38'/>
                </invite>
                <invite to='hag66@example.org'>
                  <reason>This coven needs both wiccarocks and hag66.</reason>
                  <continue thread='e0ffe42b28561960c6b12b944a092794b9683a38'/>
                </invite>
              </x>
            </message>
            """);
        await scene.ExpectAsync("""
            <message from='coven@conference.example.org' to='wiccarocks@example.org/laptop hag66@example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <invite from='crone1@example.org'>
                  <reason>This coven needs both wiccarocks and hag66.</reason>
                  <continue thread='e0ffe42b28561960c6b12b944a092794b9683a38'/>
                </invite>
              </x>
            </message>
            """);

        await scene.SendAsync("<presence from='wiccarocks@example.org/laptop' to='coven@conference.example.org/secondwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
        await scene.ExpectAsync($"""
            <presence from='coven@conference.example.org/secondwitch' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' jid='wiccarocks@example.org/laptop' role='participant'/></x>
            </presence>
            <presence from='coven@conference.example.org/firstwitch' to='wiccarocks@example.org/laptop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/secondwitch' to='wiccarocks@example.org/laptop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' jid='wiccarocks@example.org/laptop' role='participant'/><status code='110'/></x>
            </presence>
            {Said("wiccarocks@example.org/laptop", "coven@conference.example.org/firstwitch", "coven@conference.example.org")}
            <message from='coven@conference.example.org' to='wiccarocks@example.org/laptop' type='groupchat'><subject/></message>
            """);
    }

    private static string Said(string to, string from, string delayedBy) => $"""
        <message from='{from}' id='b4va73n0' to='{to}' type='groupchat'>
          <thread>e0ffe42b28561960c6b12b944a092794b9683a38</thread>
          <body>Thrice the brinded cat hath mew'd.</body>
          <delay xmlns='urn:xmpp:delay' from='{delayedBy}' stamp='2004-09-29T01:54:37Z'/>
        </message>
        <message from='{from}' id='i4hs759k' to='{to}' type='groupchat'>
          <thread>e0ffe42b28561960c6b12b944a092794b9683a38</thread>
          <body>Thrice and once the hedge-pig whined.</body>
          <delay xmlns='urn:xmpp:delay' from='{delayedBy}' stamp='2004-09-29T01:55:21Z'/>
        </message>
        """;
}
