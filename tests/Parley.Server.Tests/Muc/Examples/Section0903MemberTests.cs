using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §9.3 to §9.5: members. Who did it, and why, is told to everybody.</summary>
public sealed class Section0903MemberTests
{
    private const string Membership = """
        <iq from='crone1@example.org/desktop' id='member1' to='coven@conference.example.org' type='set'>
          <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='hag66@example.org' nick='thirdwitch'/></query>
        </iq>
        """;

    private static readonly string[] People = ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch member", "hag66@example.org/pda thirdwitch"];

    [Theory]
    [Example(120, 121, 122, 123)]
    [InlineData("")]
    [InlineData("<reason>A worthy witch indeed!</reason>")]
    public async Task An_admin_makes_somebody_a_member(string reason)
    {
        await using var scene = await Scene.StartAsync("coven", People);

        await scene.SendAsync(Membership.Replace("nick='thirdwitch'/>", $"nick='thirdwitch'>{reason}</item>", StringComparison.Ordinal));

        await scene.ExpectAsync($"""
            <iq from='coven@conference.example.org' id='member1' to='crone1@example.org/desktop' type='result'/>
            {Told("member", reason)}
            """);
    }

    [Theory]
    [Example(124, 125, 126, 127)]
    [InlineData("")]
    [InlineData("<reason>Not so worthy after all!</reason>")]
    public async Task An_admin_takes_membership(string reason)
    {
        await using var scene = await Scene.StartAsync("coven", People);
        await scene.SendAsync(Membership);
        await scene.ForgetAsync();

        await scene.SendAsync($"""
            <iq from='crone1@example.org/desktop' id='member2' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='none' jid='hag66@example.org'>{reason}</item></query>
            </iq>
            """);

        await scene.ExpectAsync($"""
            <iq from='coven@conference.example.org' id='member2' to='crone1@example.org/desktop' type='result'/>
            {Told("none", reason)}
            """);
    }

    [Fact, Example(128)]
    public async Task From_a_members_only_room_who_is_none_any_more_is_removed()
    {
        await using var scene = await Scene.StartAsync("coven", [.. People[..2], "hag66@example.org/pda thirdwitch member"], ["muc#roomconfig_membersonly=1"]);

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='member2' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='none' jid='hag66@example.org'/></query>
            </iq>
            """);

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='member2' to='crone1@example.org/desktop' type='result'/>
            <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='hag66@example.org/pda' role='none'><actor nick='firstwitch'/></item>
                <status code='321'/>
              </x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='wiccarocks@example.org/laptop' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' role='none'><actor nick='firstwitch'/></item>
                <status code='321'/>
              </x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='hag66@example.org/pda' role='none'><actor nick='firstwitch'/></item>
                <status code='110'/>
                <status code='321'/>
              </x>
            </presence>
            """);
    }

    // Without the role, which §17.4 has left out of lists of affiliations.
    [Fact, Example(129, 130, 131, 132, 133, 134)]
    public async Task An_admin_reads_and_changes_the_list_and_who_is_on_it_is_invited()
    {
        await using var scene = await Scene.StartAsync(
            "coven",
            ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch admin", "hag66@example.org/pda thirdwitch member"],
            ["muc#roomconfig_membersonly=1", "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn"]);
        await scene.LoginAsync("hecate@example.org/broom", isAvailable: true);

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='member3' to='coven@conference.example.org' type='get'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/></query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='member3' to='crone1@example.org/desktop' type='result'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='hag66@example.org' nick='thirdwitch'/></query>
            </iq>
            """);

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='member4' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'>
                <item affiliation='none' jid='hag66@example.org'/>
                <item affiliation='member' jid='hecate@example.org'/>
              </query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='member4' to='crone1@example.org/desktop' type='result'/>
            <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop wiccarocks@example.org/laptop' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='hag66@example.org/pda' role='none'><actor nick='firstwitch'/></item>
                <status code='321'/>
              </x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='hag66@example.org/pda' role='none'><actor nick='firstwitch'/></item>
                <status code='110'/>
                <status code='321'/>
              </x>
            </presence>
            <message from='coven@conference.example.org' to='crone1@example.org/desktop wiccarocks@example.org/laptop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hecate@example.org' role='none'/></x>
            </message>
            <message from='coven@conference.example.org' to='hecate@example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <invite from='crone1@example.org'/>
                <password>cauldronburn</password>
              </x>
            </message>
            """);
    }

    [Fact, Example(135)]
    public async Task A_mere_member_does_not_invite_into_a_members_only_room()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda thirdwitch member"], ["muc#roomconfig_membersonly=1", "muc#roomconfig_allowinvites=0"]);
        await scene.LoginAsync("hecate@example.org/broom", isAvailable: true);

        await scene.SendAsync("""
            <message from='hag66@example.org/pda' id='C6E14DF6' to='coven@conference.example.org'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <invite to='hecate@example.org'><reason>Hey Hecate, this is the place for all good witches!</reason></invite>
              </x>
            </message>
            """);

        await scene.ExpectAsync("""
            <message from='coven@conference.example.org' id='C6E14DF6' to='hag66@example.org/pda' type='error'>
              <error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </message>
            """);
    }

    [Fact, Example(133, 136)]
    public async Task In_an_open_room_everybody_sees_who_becomes_a_member_and_who_is_none_any_more()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda thirdwitch member", "hecate@example.org/broom hecate"], ["muc#roomconfig_whois=anyone"]);

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='member4' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'>
                <item affiliation='none' jid='hag66@example.org'/>
                <item affiliation='member' jid='hecate@example.org'/>
              </query>
            </iq>
            """);

        await scene.ExpectAsync($"""
            <iq from='coven@conference.example.org' id='member4' to='crone1@example.org/desktop' type='result'/>
            {Changed("thirdwitch", "hag66@example.org/pda", "none", "crone1@example.org/desktop hecate@example.org/broom")}
            {Changed("hecate", "hecate@example.org/broom", "member", "crone1@example.org/desktop hag66@example.org/pda")}
            """);
    }

    private static string Changed(string nickname, string jid, string affiliation, string others) => $"""
        <presence from='coven@conference.example.org/{nickname}' to='{others}'>
          <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='{affiliation}' jid='{jid}' role='participant'><actor jid='crone1@example.org' nick='firstwitch'/></item></x>
        </presence>
        <presence from='coven@conference.example.org/{nickname}' to='{jid}'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='{affiliation}' jid='{jid}' role='participant'><actor jid='crone1@example.org' nick='firstwitch'/></item>
            <status code='110'/>
          </x>
        </presence>
        """;

    private static string Told(string affiliation, string reason) => $"""
        <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='{affiliation}' jid='hag66@example.org/pda' role='participant'><actor nick='firstwitch'/>{reason}</item>
          </x>
        </presence>
        <presence from='coven@conference.example.org/thirdwitch' to='wiccarocks@example.org/laptop'>
          <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='{affiliation}' role='participant'><actor nick='firstwitch'/>{reason}</item></x>
        </presence>
        <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='{affiliation}' jid='hag66@example.org/pda' role='participant'><actor nick='firstwitch'/>{reason}</item>
            <status code='110'/>
          </x>
        </presence>
        """;
}
