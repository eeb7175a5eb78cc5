using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §9.6 to §9.8: moderators. Who did it, and why, is told to everybody.</summary>
public sealed class Section0906ModeratorTests
{
    [Theory]
    [Example(137, 138, 139, 140)]
    [InlineData("")]
    [InlineData("<reason>A worthy witch indeed!</reason>")]
    public async Task An_admin_makes_a_moderator(string reason)
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda thirdwitch member"], ["muc#roomconfig_whois=anyone"]);

        await scene.SendAsync(Change("mod1", "thirdwitch", "moderator", reason));

        await scene.ExpectAsync($"""
            <iq from='coven@conference.example.org' id='mod1' to='crone1@example.org/desktop' type='result'/>
            {Told("moderator", reason)}
            """);
    }

    [Theory]
    [Example(141, 142, 143, 144)]
    [InlineData("")]
    [InlineData("<reason>Not so worthy after all!</reason>")]
    public async Task An_admin_takes_a_moderator_his_status(string reason)
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda thirdwitch member"], ["muc#roomconfig_whois=anyone"]);
        await scene.SendAsync(Change("mod1", "thirdwitch", "moderator", ""));
        await scene.ForgetAsync();

        await scene.SendAsync(Change("mod2", "thirdwitch", "participant", reason));

        await scene.ExpectAsync($"""
            <iq from='coven@conference.example.org' id='mod2' to='crone1@example.org/desktop' type='result'/>
            {Told("participant", reason)}
            """);
    }

    [Fact, Example(145)]
    public async Task Of_an_admin_the_status_is_not_taken()
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync(Change("modtest", "secondwitch", "participant", ""));

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='modtest' to='crone1@example.org/desktop' type='error'>
              <error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }

    // Those who are moderators by their affiliation are in the list as well.
    [Fact, Example(146, 147, 148, 149)]
    public async Task An_admin_reads_and_changes_the_list()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda thirdwitch member", "hecate@example.org/broom Hecate"], ["muc#roomconfig_whois=anyone"]);
        await scene.SendAsync(Change("mod1", "thirdwitch", "moderator", ""));
        await scene.ForgetAsync();

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='mod3' to='coven@conference.example.org' type='get'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item role='moderator'/></query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='mod3' to='crone1@example.org/desktop' type='result'>
              <query xmlns='http://jabber.org/protocol/muc#admin'>
                <item affiliation='owner' jid='crone1@example.org/desktop' nick='firstwitch' role='moderator'/>
                <item affiliation='member' jid='hag66@example.org/pda' nick='thirdwitch' role='moderator'/>
              </query>
            </iq>
            """);

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='mod4' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='thirdwitch' role='participant'/><item nick='Hecate' role='moderator'/></query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='mod4' to='crone1@example.org/desktop' type='result'/>
            <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop hecate@example.org/broom'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hag66@example.org/pda' role='participant'><actor jid='crone1@example.org' nick='firstwitch'/></item></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='member' jid='hag66@example.org/pda' role='participant'><actor jid='crone1@example.org' nick='firstwitch'/></item>
                <status code='110'/>
              </x>
            </presence>
            <presence from='coven@conference.example.org/Hecate' to='crone1@example.org/desktop hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' jid='hecate@example.org/broom' role='moderator'><actor jid='crone1@example.org' nick='firstwitch'/></item></x>
            </presence>
            <presence from='coven@conference.example.org/Hecate' to='hecate@example.org/broom'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='hecate@example.org/broom' role='moderator'><actor jid='crone1@example.org' nick='firstwitch'/></item>
                <status code='110'/>
              </x>
            </presence>
            """);
    }

    [Fact, Example(150)]
    public async Task Of_a_list_that_is_not_possible_nothing_happens()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["hag66@example.org/pda thirdwitch admin", "crone1@example.org/desktop firstwitch owner", "hecate@example.org/broom Hecate"]);

        await scene.SendAsync("""
            <iq from='hag66@example.org/pda' id='modtest' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Hecate' role='moderator'/><item nick='firstwitch' role='participant'/></query>
            </iq>
            """);

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='modtest' to='hag66@example.org/pda' type='error'>
              <error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }

    private static string Change(string id, string nickname, string role, string reason) => $"""
        <iq from='crone1@example.org/desktop' id='{id}' to='coven@conference.example.org' type='set'>
          <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='{nickname}' role='{role}'>{reason}</item></query>
        </iq>
        """;

    private static string Told(string role, string reason) => $"""
        <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='member' jid='hag66@example.org/pda' role='{role}'><actor jid='crone1@example.org' nick='firstwitch'/>{reason}</item>
          </x>
        </presence>
        <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='member' jid='hag66@example.org/pda' role='{role}'><actor jid='crone1@example.org' nick='firstwitch'/>{reason}</item>
            <status code='110'/>
          </x>
        </presence>
        """;
}
