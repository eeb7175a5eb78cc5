using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §8.2: kicking an occupant. Who did it, and why, is told to everybody.</summary>
public sealed class Section0802KickTests
{
    [Fact, Example(89, 90, 91, 92)]
    public async Task Who_is_kicked_goes()
    {
        await using var scene = await Scene.StartAsync(
            "harfleur", ["fluellen@example.org/pda Fluellen admin", "pistol@example.org/harfleur pistol", "gower@example.org/cell gower"]);

        await scene.SendAsync("""
            <iq from='fluellen@example.org/pda' id='kick1' to='harfleur@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='pistol' role='none'><reason>Avaunt, you cullion!</reason></item></query>
            </iq>
            """);

        await scene.ExpectAsync("""
            <presence from='harfleur@conference.example.org/pistol' to='pistol@example.org/harfleur' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='pistol@example.org/harfleur' role='none'><actor nick='Fluellen'/><reason>Avaunt, you cullion!</reason></item>
                <status code='110'/>
                <status code='307'/>
              </x>
            </presence>
            <iq from='harfleur@conference.example.org' id='kick1' to='fluellen@example.org/pda' type='result'/>
            <presence from='harfleur@conference.example.org/pistol' to='fluellen@example.org/pda' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='pistol@example.org/harfleur' role='none'><actor nick='Fluellen'/><reason>Avaunt, you cullion!</reason></item>
                <status code='307'/>
              </x>
            </presence>
            <presence from='harfleur@conference.example.org/pistol' to='gower@example.org/cell' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' role='none'><actor nick='Fluellen'/><reason>Avaunt, you cullion!</reason></item>
                <status code='307'/>
              </x>
            </presence>
            """);
    }

    [Fact, Example(93)]
    public async Task Nobody_is_kicked_by_who_is_less()
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync("""
            <iq from='wiccarocks@example.org/laptop' id='kicktest' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item nick='firstwitch' role='none'/></query>
            </iq>
            """);

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='kicktest' to='wiccarocks@example.org/laptop' type='error'>
              <error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }
}
