using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §7.2.1 to §7.2.4, §7.2.12 and §7.2.18: entering, and what is told of it.</summary>
/// <remarks>Self-presence has the client's own address as well, and moderators see that of everybody (§7.2.4).</remarks>
public sealed class Section0702EnteringTests
{
    [Fact, Example(18, 20, 21)]
    public async Task Who_enters_gets_the_others_then_himself_and_they_get_him()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch admin", "hag66@example.org/pda - member"]);

        await scene.SendAsync("<presence from='hag66@example.org/pda' id='n13mt3l' to='coven@conference.example.org/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>");

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/firstwitch' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/secondwitch' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='admin' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop wiccarocks@example.org/laptop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hag66@example.org/pda' role='participant'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' id='n13mt3l' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='member' jid='hag66@example.org/pda' role='participant'/>
                <status code='110'/>
              </x>
            </presence>
            <message from='coven@conference.example.org' to='hag66@example.org/pda' type='groupchat'><subject/></message>
            """);
    }

    [Fact, Example(19)]
    public async Task Without_a_nickname_nobody_enters()
    {
        await using var scene = await Scene.CovenAsync();
        await scene.LoginAsync("hecate@example.org/broom");

        await scene.SendAsync("<presence from='hecate@example.org/broom' id='273hs51g' to='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc'/></presence>");

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org' id='273hs51g' to='hecate@example.org/broom' type='error'>
              <error by='coven@conference.example.org' type='modify'>
                <jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
              </error>
            </presence>
            """);
    }

    // What rooms change of a nickname is the white space around it.
    [Fact, Example(22)]
    public async Task Who_gets_another_nickname_than_he_asked_for_is_told()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda - member"]);

        await scene.SendAsync("<presence from='hag66@example.org/pda' id='n13mt3l' to='coven@conference.example.org/ thirdwitch '><x xmlns='http://jabber.org/protocol/muc'/></presence>");

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/firstwitch' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hag66@example.org/pda' role='participant'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' id='n13mt3l' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='member' jid='hag66@example.org/pda' role='participant'/>
                <status code='110'/>
                <status code='210'/>
              </x>
            </presence>
            <message from='coven@conference.example.org' to='hag66@example.org/pda' type='groupchat'><subject/></message>
            """);
    }

    [Theory]
    [Example(23, 24, 32)]
    [InlineData("0", "")]
    [InlineData("1", "<status code='170'/>")]
    public async Task Who_enters_is_warned_where_everybody_sees_his_address_and_where_it_is_logged(string isLogged, string warning)
    {
        await using var scene = await Scene.StartAsync(
            "coven",
            ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch", "hag66@example.org/pda - member"],
            ["muc#roomconfig_whois=anyone", $"muc#roomconfig_enablelogging={isLogged}"]);

        await scene.SendAsync("<presence from='hag66@example.org/pda' id='n13mt3l' to='coven@conference.example.org/ thirdwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>");

        await scene.ExpectAsync($"""
            <presence from='coven@conference.example.org/firstwitch' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' jid='crone1@example.org/desktop' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/secondwitch' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' jid='wiccarocks@example.org/laptop' role='participant'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop wiccarocks@example.org/laptop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hag66@example.org/pda' role='participant'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' id='n13mt3l' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='member' jid='hag66@example.org/pda' role='participant'/>
                <status code='100'/>
                <status code='110'/>
                {warning}
                <status code='210'/>
              </x>
            </presence>
            <message from='coven@conference.example.org' to='hag66@example.org/pda' type='groupchat'><subject/></message>
            """);
    }

    [Fact, Example(42, 43)]
    public async Task Presence_of_who_is_not_in_the_room_is_answered_with_a_kick()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"]);

        await scene.SendAsync("<presence from='hag66@example.org/pda' id='ng91xs69' to='coven@conference.example.org/thirdwitch'/>");

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' role='none'><reason>You are not in the room.</reason></item>
                <status code='110'/>
                <status code='307'/>
                <status code='333'/>
              </x>
            </presence>
            """);
    }
}
