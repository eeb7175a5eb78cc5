using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §10.2: another configuration.</summary>
public sealed class Section1002ConfigurationTests
{
    private const string Ask = "<iq from='crone1@example.org/desktop' id='config1' to='coven@conference.example.org' type='get'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>";

    // As submitted in example 159.
    private static readonly string[] Fields =
    [
        "muc#roomconfig_roomname text-single A_Dark_Cave", "muc#roomconfig_roomdesc text-single The_place_for_all_good_witches!", "muc#roomconfig_enablelogging boolean 0",
        "muc#roomconfig_changesubject boolean 1", "muc#roomconfig_allowinvites boolean 0", "muc#roomconfig_allowpm list-single anyone", "muc#roomconfig_maxusers list-single 10",
        "muc#roomconfig_presencebroadcast list-multi moderator participant visitor", "muc#roomconfig_getmemberlist list-multi moderator", "muc#roomconfig_publicroom boolean 0",
        "muc#roomconfig_persistentroom boolean 0", "muc#roomconfig_moderatedroom boolean 0", "muc#roomconfig_membersonly boolean 0", "muc#roomconfig_passwordprotectedroom boolean 1",
        "muc#roomconfig_roomsecret text-private cauldronburn", "muc#roomconfig_whois list-single moderators", "muc#maxhistoryfetch text-single 50",
        "muc#roomconfig_roomadmins jid-multi hecate@example.org wiccarocks@example.org", "muc#roomconfig_roomowners jid-multi crone1@example.org",
    ];

    [Fact, Example(163, 165, 166)]
    public async Task The_owner_gets_the_form_as_the_room_is_and_may_leave_it_so()
    {
        await using var scene = await Scene.EmptyAsync();
        var crone = await scene.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync("coven@conference.example.org/firstwitch");
        await scene.SendAsync(Section1001CreationTests.Submitted);
        await scene.ForgetAsync();

        await scene.SendAsync(Ask);
        await scene.ExpectAsync(Section1001CreationTests.Form("config1", Fields));

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='config2' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='cancel'/></query>
            </iq>
            """);
        await scene.ExpectAsync("<iq from='coven@conference.example.org' id='config2' to='crone1@example.org/desktop' type='result'/>");
        await scene.SendAsync(Ask);
        await scene.ExpectAsync(Section1001CreationTests.Form("config1", Fields));
    }

    [Fact, Example(164)]
    public async Task Others_do_not_get_it()
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync("<iq from='wiccarocks@example.org/laptop' id='configures' to='coven@conference.example.org' type='get'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>");

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='configures' to='wiccarocks@example.org/laptop' type='error'>
              <error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }

    // Who did it is told; of the room's lists nothing but them has changed, so that no code is due.
    [Theory]
    [Example(167, 168, 169, 170)]
    [InlineData("admin", "roomadmins", "", "member", "participant")]
    [InlineData("member", "roomadmins", "<value>wiccarocks@example.org</value>", "admin", "moderator")]
    [InlineData("owner", "roomowners", "<value>crone1@example.org</value>", "admin", "moderator")]
    [InlineData("admin", "roomowners", "<value>crone1@example.org</value><value>wiccarocks@example.org</value>", "owner", "moderator")]
    public async Task Who_is_listed_is_shown_as_such(string before, string field, string values, string affiliation, string role)
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", $"wiccarocks@example.org/laptop secondwitch {before}"], ["muc#roomconfig_whois=anyone"]);

        await scene.SendAsync($"""
            <iq from='crone1@example.org/desktop' id='config2' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#owner'>
                <x xmlns='jabber:x:data' type='submit'>
                  <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>
                  <field var='muc#roomconfig_{field}'>{values}</field>
                </x>
              </query>
            </iq>
            """);

        await scene.ExpectAsync($"""
            <presence from='coven@conference.example.org/secondwitch' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='{affiliation}' jid='wiccarocks@example.org/laptop' role='{role}'><actor jid='crone1@example.org' nick='firstwitch'/></item></x>
            </presence>
            <presence from='coven@conference.example.org/secondwitch' to='wiccarocks@example.org/laptop'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='{affiliation}' jid='wiccarocks@example.org/laptop' role='{role}'><actor jid='crone1@example.org' nick='firstwitch'/></item>
                <status code='110'/>
              </x>
            </presence>
            <iq from='coven@conference.example.org' id='config2' to='crone1@example.org/desktop' type='result'/>
            """);
    }

    [Theory]
    [Example(171)]
    [InlineData("muc#roomconfig_enablelogging", "0", "1", "170")]
    [InlineData("muc#roomconfig_enablelogging", "1", "0", "171")]
    [InlineData("muc#roomconfig_whois", "moderators", "anyone", "172")]
    [InlineData("muc#roomconfig_whois", "anyone", "moderators", "173")]
    [InlineData("muc#roomconfig_roomname", "A Cave", "A Dark Cave", "104")]
    public async Task What_changes_is_told_to_everybody(string field, string before, string after, string code)
    {
        await using var scene = await Scene.CovenAsync($"{field}={before}");

        await scene.SendAsync($"""
            <iq from='crone1@example.org/desktop' id='config2' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#owner'>
                <x xmlns='jabber:x:data' type='submit'>
                  <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>
                  <field var='{field}'><value>{after}</value></field>
                </x>
              </query>
            </iq>
            """);

        await scene.ExpectAsync($"""
            <message from='coven@conference.example.org' to='crone1@example.org/desktop wiccarocks@example.org/laptop hag66@example.org/pda' type='groupchat'>
              <x xmlns='http://jabber.org/protocol/muc#user'><status code='{code}'/></x>
            </message>
            <iq from='coven@conference.example.org' id='config2' to='crone1@example.org/desktop' type='result'/>
            """);
    }
}
