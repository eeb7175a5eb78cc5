using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §10.3 to §10.8: owners and admins. Who did it, and why, is told to everybody, with the full JID (§17.3).</summary>
public sealed class Section1003AffiliationTests
{
    private static readonly string[] People =
    [
        "crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch", "hag66@example.org/pda thirdwitch admin", "hecate@example.org/broom hecate",
    ];

    [Theory]
    [Example(172, 173, 174, 175, 186, 187, 188, 189)]
    [InlineData("owner1", "owner", "hecate@example.org/broom", "hecate", "")]
    [InlineData("owner1", "owner", "hecate@example.org/broom", "hecate", "<reason>A worthy witch indeed!</reason>")]
    [InlineData("admin1", "admin", "wiccarocks@example.org/laptop", "secondwitch", "")]
    [InlineData("admin1", "admin", "wiccarocks@example.org/laptop", "secondwitch", "<reason>A worthy witch indeed!</reason>")]
    public async Task An_owner_makes_owners_and_admins(string id, string affiliation, string jid, string nickname, string reason)
    {
        await using var scene = await Scene.StartAsync("coven", People, ["muc#roomconfig_whois=anyone"]);

        await scene.SendAsync(Change(id, affiliation, jid.Split('/')[0], reason));

        await scene.ExpectAsync($"{Result(id)}{Told(nickname, jid, affiliation, "moderator", reason)}");
    }

    [Theory]
    [Example(177, 178, 179, 180, 191, 192, 193, 194)]
    [InlineData("owner2", "owner", "admin", "moderator", "hecate@example.org/broom", "hecate", "")]
    [InlineData("owner2", "owner", "admin", "moderator", "hecate@example.org/broom", "hecate", "<reason>Not so worthy after all!</reason>")]
    [InlineData("admin2", "admin", "none", "participant", "wiccarocks@example.org/laptop", "secondwitch", "")]
    [InlineData("admin2", "admin", "none", "participant", "wiccarocks@example.org/laptop", "secondwitch", "<reason>Not so worthy after all!</reason>")]
    public async Task An_owner_takes_what_he_gave(string id, string before, string affiliation, string role, string jid, string nickname, string reason)
    {
        await using var scene = await Scene.StartAsync("coven", People, ["muc#roomconfig_whois=anyone"]);
        await scene.SendAsync(Change("before", before, jid.Split('/')[0], ""));
        await scene.ForgetAsync();

        await scene.SendAsync(Change(id, affiliation, jid.Split('/')[0], reason));

        await scene.ExpectAsync($"{Result(id)}{Told(nickname, jid, affiliation, role, reason)}");
    }

    // Occupants who see no addresses are not told. He himself is, by §18.1. That example 176 has "member" is a slip: the text has the affiliation that was given.
    [Theory]
    [Example(176, 190, 195)]
    [InlineData("owner1", "none", "owner", "hecate@example.org/broom")]
    [InlineData("admin1", "none", "admin", "wiccarocks@example.org/laptop")]
    [InlineData("admin2", "admin", "none", "wiccarocks@example.org/laptop")]
    public async Task Of_who_is_not_there_a_message_tells_it(string id, string before, string affiliation, string jid)
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "bard@example.org/globe bard", before == "none" ? $"{jid} -" : $"{jid} - {before}"]);
        await scene[jid].PresenceAsync();
        await scene.ForgetAsync();
        var user = jid.Split('/')[0];

        await scene.SendAsync(Change(id, affiliation, user, ""));

        await scene.ExpectAsync($"""
            {Result(id)}
            <message from='coven@conference.example.org' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='{affiliation}' jid='{user}' role='none'/></x>
            </message>
            <message from='coven@conference.example.org' to='{user}'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='{affiliation}' jid='{user}' role='none'/><status code='101'/></x>
            </message>
            """);
    }

    [Fact, Example(181, 182, 183, 185)]
    public async Task An_owner_reads_and_changes_the_list_of_owners()
    {
        await using var scene = await Scene.StartAsync("coven", [.. People, "bard@example.org/globe - owner"], ["muc#roomconfig_whois=anyone"]);
        await scene.SendAsync("<presence from='crone1@example.org/desktop' to='coven@conference.example.org/firstwitch' type='unavailable'/>");
        await scene.ForgetAsync();

        await scene.SendAsync("""
            <iq from='bard@example.org/globe' id='owner3' to='coven@conference.example.org' type='get'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner'/></query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='owner3' to='bard@example.org/globe' type='result'>
              <query xmlns='http://jabber.org/protocol/muc#admin'>
                <item affiliation='owner' jid='crone1@example.org'/>
                <item affiliation='owner' jid='bard@example.org'/>
              </query>
            </iq>
            """);

        await scene.SendAsync(Change("owner4", "owner", "hecate@example.org", "").Replace("crone1@example.org/desktop", "bard@example.org/globe", StringComparison.Ordinal));
        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='owner4' to='bard@example.org/globe' type='result'/>
            <presence from='coven@conference.example.org/hecate' to='wiccarocks@example.org/laptop hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' jid='hecate@example.org/broom' role='moderator'><actor jid='bard@example.org'/></item></x>
            </presence>
            <presence from='coven@conference.example.org/hecate' to='hecate@example.org/broom'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='owner' jid='hecate@example.org/broom' role='moderator'><actor jid='bard@example.org'/></item>
                <status code='110'/>
              </x>
            </presence>
            """);
    }

    [Fact, Example(196, 197, 198, 200)]
    public async Task An_owner_reads_and_changes_the_list_of_admins()
    {
        await using var scene = await Scene.StartAsync(
            "coven",
            ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch admin", "hag66@example.org/pda - admin", "hecate@example.org/broom hecate"],
            ["muc#roomconfig_whois=anyone"]);

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='admin3' to='coven@conference.example.org' type='get'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='admin'/></query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='admin3' to='crone1@example.org/desktop' type='result'>
              <query xmlns='http://jabber.org/protocol/muc#admin'>
                <item affiliation='admin' jid='wiccarocks@example.org' nick='secondwitch'/>
                <item affiliation='admin' jid='hag66@example.org'/>
              </query>
            </iq>
            """);

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='admin4' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'>
                <item affiliation='none' jid='hag66@example.org'></item>
                <item affiliation='admin' jid='hecate@example.org'></item>
              </query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='admin4' to='crone1@example.org/desktop' type='result'/>
            <presence from='coven@conference.example.org/hecate' to='crone1@example.org/desktop wiccarocks@example.org/laptop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='admin' jid='hecate@example.org/broom' role='moderator'><actor jid='crone1@example.org' nick='firstwitch'/></item></x>
            </presence>
            <presence from='coven@conference.example.org/hecate' to='hecate@example.org/broom'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='admin' jid='hecate@example.org/broom' role='moderator'><actor jid='crone1@example.org' nick='firstwitch'/></item>
                <status code='110'/>
              </x>
            </presence>
            <message from='coven@conference.example.org' to='crone1@example.org/desktop wiccarocks@example.org/laptop hecate@example.org/broom'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' jid='hag66@example.org' role='none'/></x>
            </message>
            """);
    }

    [Theory]
    [Example(184, 199)]
    [InlineData("ownertest", "owner")]
    [InlineData("admintest", "admin")]
    public async Task Others_than_owners_do_not(string id, string affiliation)
    {
        await using var scene = await Scene.StartAsync("coven", People);

        await scene.SendAsync(Change(id, affiliation, "hecate@example.org", "").Replace("crone1@example.org/desktop", "hag66@example.org/pda", StringComparison.Ordinal));

        await scene.ExpectAsync($"""
            <iq from='coven@conference.example.org' id='{id}' to='hag66@example.org/pda' type='error'>
              <error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }

    private static string Change(string id, string affiliation, string user, string reason) => $"""
        <iq from='crone1@example.org/desktop' id='{id}' to='coven@conference.example.org' type='set'>
          <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='{affiliation}' jid='{user}'>{reason}</item></query>
        </iq>
        """;

    private static string Result(string id) => $"<iq from='coven@conference.example.org' id='{id}' to='crone1@example.org/desktop' type='result'/>";

    private static string Told(string nickname, string jid, string affiliation, string role, string reason) => $"""
        <presence from='coven@conference.example.org/{nickname}' to='{string.Join(' ', People.Select(static person => person.Split(' ')[0]).Where(other => other != jid))}'>
          <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='{affiliation}' jid='{jid}' role='{role}'><actor jid='crone1@example.org' nick='firstwitch'/>{reason}</item></x>
        </presence>
        <presence from='coven@conference.example.org/{nickname}' to='{jid}'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='{affiliation}' jid='{jid}' role='{role}'><actor jid='crone1@example.org' nick='firstwitch'/>{reason}</item>
            <status code='110'/>
          </x>
        </presence>
        """;
}
