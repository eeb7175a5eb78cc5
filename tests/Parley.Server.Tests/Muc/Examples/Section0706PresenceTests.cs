using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §7.6, §7.7 and §7.14: another nickname, another availability, and leaving.</summary>
public sealed class Section0706PresenceTests
{
    [Fact, Example(49, 50)]
    public async Task Who_takes_another_nickname_goes_under_the_old_one_and_is_there_under_the_new()
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync("<presence from='hag66@example.org/pda' id='ifd1c35' to='coven@conference.example.org/oldhag'/>");

        await scene.ExpectAsync(Renamed("ifd1c35", ""));
    }

    // What rooms change of a nickname is the white space around it.
    [Fact, Example(51)]
    public async Task Who_gets_another_nickname_than_he_wanted_is_told()
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync("<presence from='hag66@example.org/pda' id='nx6z2v5' to='coven@conference.example.org/oldhag '/>");

        await scene.ExpectAsync(Renamed("nx6z2v5", "<status code='210'/>"));
    }

    [Fact, Example(52)]
    public async Task The_nickname_of_somebody_else_is_not_to_be_had()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop thirdwitch owner", "hag66@example.org/pda oldhag member"]);

        await scene.SendAsync("<presence from='hag66@example.org/pda' id='ifd1c35' to='coven@conference.example.org/thirdwitch'/>");

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/thirdwitch' id='ifd1c35' to='hag66@example.org/pda' type='error'>
              <x xmlns='http://jabber.org/protocol/muc'/>
              <error by='coven@conference.example.org' type='cancel'>
                <conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
              </error>
            </presence>
            """);
    }

    [Fact, Example(53)]
    public async Task Where_nicknames_are_locked_who_has_his_own_takes_no_other()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda oldhag"], ["{urn:parley:room:1}locknicknames=1"]);
        await scene.SendAsync("""
            <iq from='hag66@example.org/pda' id='nv71va54' to='coven@conference.example.org' type='set'>
              <query xmlns='jabber:iq:register'>
                <x xmlns='jabber:x:data' type='submit'>
                  <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>
                  <field var='muc#register_first'><value>Brunhilde</value></field>
                  <field var='muc#register_last'><value>Entwhistle-Throckmorton</value></field>
                  <field var='muc#register_roomnick'><value>oldhag</value></field>
                </x>
              </query>
            </iq>
            """);
        await scene.ForgetAsync();

        await scene.SendAsync("<presence from='hag66@example.org/pda' id='ifd1c35' to='coven@conference.example.org/thirdwitch'/>");

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/thirdwitch' id='ifd1c35' to='hag66@example.org/pda' type='error'>
              <x xmlns='http://jabber.org/protocol/muc'/>
              <error by='coven@conference.example.org' type='cancel'>
                <not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
              </error>
            </presence>
            """);
    }

    [Fact, Example(54, 55)]
    public async Task Who_is_away_says_so_to_everybody()
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync("""
            <presence from='wiccarocks@example.org/laptop' id='kr7v143h' to='coven@conference.example.org/secondwitch'>
              <show>xa</show>
              <status>gone where the goblins go</status>
            </presence>
            """);

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/secondwitch' to='crone1@example.org/desktop'>
              <show>xa</show>
              <status>gone where the goblins go</status>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='admin' jid='wiccarocks@example.org/laptop' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/secondwitch' to='hag66@example.org/pda'>
              <show>xa</show>
              <status>gone where the goblins go</status>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='admin' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/secondwitch' id='kr7v143h' to='wiccarocks@example.org/laptop'>
              <show>xa</show>
              <status>gone where the goblins go</status>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='admin' jid='wiccarocks@example.org/laptop' role='moderator'/><status code='110'/></x>
            </presence>
            """);
    }

    [Fact, Example(80, 81, 82)]
    public async Task Who_leaves_is_told_and_so_are_the_others()
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync("<presence from='hag66@example.org/pda' to='coven@conference.example.org/thirdwitch' type='unavailable'/>");

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hag66@example.org/pda' role='none'/><status code='110'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop wiccarocks@example.org/laptop' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hag66@example.org/pda' role='none'/></x>
            </presence>
            """);
    }

    [Fact, Example(83)]
    public async Task Who_leaves_may_say_something()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop oldhag admin"]);

        await scene.SendAsync("""
            <presence from='wiccarocks@example.org/laptop' to='coven@conference.example.org/oldhag' type='unavailable'>
              <status>gone where the goblins go</status>
            </presence>
            """);

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/oldhag' to='wiccarocks@example.org/laptop' type='unavailable'>
              <status>gone where the goblins go</status>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='admin' jid='wiccarocks@example.org/laptop' role='none'/><status code='110'/></x>
            </presence>
            <presence from='coven@conference.example.org/oldhag' to='crone1@example.org/desktop' type='unavailable'>
              <status>gone where the goblins go</status>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='admin' jid='wiccarocks@example.org/laptop' role='none'/></x>
            </presence>
            """);
    }

    private static string Renamed(string id, string status) => $"""
        <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop wiccarocks@example.org/laptop' type='unavailable'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='member' jid='hag66@example.org/pda' nick='oldhag' role='participant'/>
            <status code='303'/>
          </x>
        </presence>
        <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda' type='unavailable'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='member' jid='hag66@example.org/pda' nick='oldhag' role='participant'/>
            <status code='303'/>
            <status code='110'/>
          </x>
        </presence>
        <presence from='coven@conference.example.org/oldhag' to='crone1@example.org/desktop wiccarocks@example.org/laptop'>
          <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hag66@example.org/pda' role='participant'/></x>
        </presence>
        <presence from='coven@conference.example.org/oldhag' id='{id}' to='hag66@example.org/pda'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='member' jid='hag66@example.org/pda' role='participant'/>
            <status code='110'/>
            {status}
          </x>
        </presence>
        """;
}
