using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §7.13 and §8.3 to §8.6: voice, given, taken and asked for. Who did it, and why, is told to everybody.</summary>
public sealed class Section0803VoiceTests
{
    private static readonly string[] Bards =
    [
        "firstwitch@example.org/cave firstwitch owner", "bard@example.org/globe bard admin", "polonius@example.org/castle Polo", "horatio@example.org/castle horotoro",
        "hecate@example.org/broom Hecate member", "rosencrantz@example.org/castle rosencrantz", "guildenstern@example.org/castle guildenstern",
    ];

    [Theory]
    [Example(94, 95, 96, 97)]
    [InlineData("")]
    [InlineData("<reason>A worthy witch indeed!</reason>")]
    public async Task A_visitor_is_given_voice(string reason)
    {
        await using var scene = await WitchesAsync("");

        await scene.SendAsync($"""
            <iq from='crone1@example.org/desktop' id='voice1' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='thirdwitch' role='participant'>{reason}</item></query>
            </iq>
            """);

        await scene.ExpectAsync($"""
            <iq from='coven@conference.example.org' id='voice1' to='crone1@example.org/desktop' type='result'/>
            {Told("none", "participant", reason)}
            """);
    }

    [Theory]
    [Example(98, 99, 100, 101)]
    [InlineData("")]
    [InlineData("<reason>Not so worthy after all!</reason>")]
    public async Task Voice_is_taken_from_a_participant(string reason)
    {
        await using var scene = await WitchesAsync(" member");

        await scene.SendAsync($"""
            <iq from='crone1@example.org/desktop' id='voice2' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='thirdwitch' role='visitor'>{reason}</item></query>
            </iq>
            """);

        await scene.ExpectAsync($"""
            <iq from='coven@conference.example.org' id='voice2' to='crone1@example.org/desktop' type='result'/>
            {Told("member", "visitor", reason)}
            """);
    }

    // "Along with the offending item(s)" (§8.4).
    [Fact, Example(102)]
    public async Task Voice_is_not_taken_from_an_admin()
    {
        await using var scene = await Scene.CovenAsync("muc#roomconfig_moderatedroom=1");

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='voicetest' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='thirdwitch' role='visitor'/><item nick='secondwitch' role='visitor'/></query>
            </iq>
            """);

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='voicetest' to='crone1@example.org/desktop' type='error'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='secondwitch' role='visitor'/></query>
              <error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }

    [Fact, Example(103, 104, 105, 106)]
    public async Task A_moderator_reads_and_changes_who_has_voice()
    {
        await using var scene = await Scene.StartAsync("goodfolk", Bards, ["muc#roomconfig_moderatedroom=1"]);
        await scene.SendAsync("""
            <iq from='bard@example.org/globe' id='voice2' to='goodfolk@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Polo' role='participant'/><item nick='horotoro' role='participant'/></query>
            </iq>
            """);
        await scene.ForgetAsync();

        await scene.SendAsync("""
            <iq from='bard@example.org/globe' id='voice3' to='goodfolk@conference.example.org' type='get'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item role='participant'/></query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='goodfolk@conference.example.org' id='voice3' to='bard@example.org/globe' type='result'>
              <query xmlns='http://jabber.org/protocol/muc#admin'>
                <item affiliation='none' jid='polonius@example.org/castle' nick='Polo' role='participant'/>
                <item affiliation='none' jid='horatio@example.org/castle' nick='horotoro' role='participant'/>
                <item affiliation='member' jid='hecate@example.org/broom' nick='Hecate' role='participant'/>
              </query>
            </iq>
            """);

        await scene.SendAsync("""
            <iq from='bard@example.org/globe' id='voice4' to='goodfolk@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'>
                <item nick='Hecate' role='visitor'/>
                <item nick='rosencrantz' role='participant'><reason>A worthy fellow.</reason></item>
                <item nick='guildenstern' role='participant'><reason>A worthy fellow.</reason></item>
              </query>
            </iq>
            """);
        await scene.ExpectAsync($"""
            <iq from='goodfolk@conference.example.org' id='voice4' to='bard@example.org/globe' type='result'/>
            {ToldBards("Hecate", "member", "hecate@example.org/broom", "visitor", "")}
            {ToldBards("rosencrantz", "none", "rosencrantz@example.org/castle", "participant", "<reason>A worthy fellow.</reason>")}
            {ToldBards("guildenstern", "none", "guildenstern@example.org/castle", "participant", "<reason>A worthy fellow.</reason>")}
            """);
    }

    [Fact, Example(107)]
    public async Task Of_a_list_that_is_not_possible_nothing_happens()
    {
        await using var scene = await Scene.StartAsync("goodfolk", Bards, ["muc#roomconfig_moderatedroom=1"]);

        await scene.SendAsync("""
            <iq from='bard@example.org/globe' id='voicetest' to='goodfolk@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Hecate' role='visitor'/><item nick='firstwitch' role='visitor'/></query>
            </iq>
            """);

        await scene.ExpectAsync("""
            <iq from='goodfolk@conference.example.org' id='voicetest' to='bard@example.org/globe' type='error'>
              <error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }

    [Fact, Example(79, 108, 109)]
    public async Task A_visitor_asks_for_voice_and_a_moderator_gives_it()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/pda firstwitch owner", "wiccarocks@example.org/laptop secondwitch", "hag66@example.org/pda thirdwitch"], ["muc#roomconfig_moderatedroom=1"]);

        await scene.SendAsync("""
            <message from='hag66@example.org/pda' id='yd53c486' to='coven@conference.example.org'>
              <x xmlns='jabber:x:data' type='submit'>
                <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field>
                <field var='muc#role' type='list-single' label='Requested role'><value>participant</value></field>
              </x>
            </message>
            """);
        await scene.ExpectAsync("""
            <message from='coven@conference.example.org' id='*' to='crone1@example.org/pda'>
              <x xmlns='jabber:x:data' type='form'>
                <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#request</value></field>
                <field var='muc#role' type='list-single'><value>participant</value></field>
                <field var='muc#jid' type='jid-single'><value>hag66@example.org/pda</value></field>
                <field var='muc#roomnick' type='text-single'><value>thirdwitch</value></field>
                <field var='muc#request_allow' type='boolean'><value>false</value></field>
              </x>
            </message>
            """);

        await scene.SendAsync("""
            <message from='crone1@example.org/pda' id='approve' to='coven@conference.example.org'>
              <x xmlns='jabber:x:data' type='submit'>
                <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#request</value></field>
                <field var='muc#role'><value>participant</value></field>
                <field var='muc#jid'><value>hag66@example.org/pda</value></field>
                <field var='muc#roomnick'><value>thirdwitch</value></field>
                <field var='muc#request_allow'><value>true</value></field>
              </x>
            </message>
            """);
        await scene.ExpectAsync(Told("none", "participant", "").Replace("crone1@example.org/desktop", "crone1@example.org/pda", StringComparison.Ordinal));
    }

    private static Task<Scene> WitchesAsync(string affiliation) => Scene.StartAsync(
        "coven",
        ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch", $"hag66@example.org/pda thirdwitch{affiliation}"],
        ["muc#roomconfig_moderatedroom=1"]);

    private static string Told(string affiliation, string role, string reason) => $"""
        <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='{affiliation}' jid='hag66@example.org/pda' role='{role}'><actor nick='firstwitch'/>{reason}</item>
          </x>
        </presence>
        <presence from='coven@conference.example.org/thirdwitch' to='wiccarocks@example.org/laptop'>
          <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='{affiliation}' role='{role}'><actor nick='firstwitch'/>{reason}</item></x>
        </presence>
        <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='{affiliation}' jid='hag66@example.org/pda' role='{role}'><actor nick='firstwitch'/>{reason}</item>
            <status code='110'/>
          </x>
        </presence>
        """;

    private static string ToldBards(string nickname, string affiliation, string jid, string role, string reason)
    {
        var others = string.Join(' ', Bards.Select(static person => person.Split(' ')[0]).Skip(2).Where(other => other != jid));
        return $"""
            <presence from='goodfolk@conference.example.org/{nickname}' to='firstwitch@example.org/cave bard@example.org/globe'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='{affiliation}' jid='{jid}' role='{role}'><actor nick='bard'/>{reason}</item></x>
            </presence>
            <presence from='goodfolk@conference.example.org/{nickname}' to='{others}'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='{affiliation}' role='{role}'><actor nick='bard'/>{reason}</item></x>
            </presence>
            <presence from='goodfolk@conference.example.org/{nickname}' to='{jid}'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='{affiliation}' jid='{jid}' role='{role}'><actor nick='bard'/>{reason}</item>
                <status code='110'/>
              </x>
            </presence>
            """;
    }
}
