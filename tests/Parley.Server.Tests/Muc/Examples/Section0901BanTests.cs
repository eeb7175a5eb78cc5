using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §9.1 and §9.2: bans. Who did it, and why, is told to everybody; those who are not there are told by message (§18.1).</summary>
public sealed class Section0901BanTests
{
    private static readonly string[] People =
    [
        "firstlord@example.org/house First owner", "kinghenryv@example.org/throne Harry admin", "earlofcambridge@example.org/stabber cambridge", "exeter@example.org/pda exeter",
    ];

    [Theory]
    [Example(110, 111, 112, 113, 114)]
    [InlineData("")]
    [InlineData("<reason>Treason</reason>")]
    public async Task Who_is_banned_goes(string reason)
    {
        await using var scene = await Scene.StartAsync("southampton", People);

        await scene.SendAsync($"""
            <iq from='kinghenryv@example.org/throne' id='ban1' to='southampton@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='earlofcambridge@example.org'>{reason}</item></query>
            </iq>
            """);

        await scene.ExpectAsync($"""
            <iq from='southampton@conference.example.org' id='ban1' to='kinghenryv@example.org/throne' type='result'/>
            <presence from='southampton@conference.example.org/cambridge' to='earlofcambridge@example.org/stabber' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='outcast' jid='earlofcambridge@example.org/stabber' role='none'><actor nick='Harry'/>{reason}</item>
                <status code='110'/>
                <status code='301'/>
              </x>
            </presence>
            <presence from='southampton@conference.example.org/cambridge' to='firstlord@example.org/house kinghenryv@example.org/throne' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='outcast' jid='earlofcambridge@example.org/stabber' role='none'><actor nick='Harry'/>{reason}</item>
                <status code='301'/>
              </x>
            </presence>
            <presence from='southampton@conference.example.org/cambridge' to='exeter@example.org/pda' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='outcast' role='none'><actor nick='Harry'/>{reason}</item>
                <status code='301'/>
              </x>
            </presence>
            """);
    }

    [Fact, Example(115)]
    public async Task An_admin_does_not_ban_an_owner()
    {
        await using var scene = await Scene.StartAsync("southampton", People);

        await scene.SendAsync("""
            <iq from='kinghenryv@example.org/throne' id='ban1' to='southampton@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='firstlord@example.org'/></query>
            </iq>
            """);

        await scene.ExpectAsync("""
            <iq from='southampton@conference.example.org' id='ban1' to='kinghenryv@example.org/throne' type='error'>
              <error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }

    [Fact, Example(116, 117, 118, 119)]
    public async Task An_admin_reads_and_changes_the_list()
    {
        await using var scene = await Scene.StartAsync("southampton", People);
        await scene.SendAsync("""
            <iq from='kinghenryv@example.org/throne' id='ban1' to='southampton@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='earlofcambridge@example.org'><reason>Treason</reason></item></query>
            </iq>
            """);
        await scene.ForgetAsync();

        await scene.SendAsync("""
            <iq from='kinghenryv@example.org/throne' id='ban2' to='southampton@conference.example.org' type='get'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast'/></query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='southampton@conference.example.org' id='ban2' to='kinghenryv@example.org/throne' type='result'>
              <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='earlofcambridge@example.org'><reason>Treason</reason></item></query>
            </iq>
            """);

        await scene.SendAsync("""
            <iq from='kinghenryv@example.org/throne' id='ban3' to='southampton@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#admin'>
                <item affiliation='outcast' jid='lordscroop@example.org'><reason>Treason</reason></item>
                <item affiliation='outcast' jid='sirthomasgrey@example.org'><reason>Treason</reason></item>
              </query>
            </iq>
            """);
        await scene.ExpectAsync("""
            <iq from='southampton@conference.example.org' id='ban3' to='kinghenryv@example.org/throne' type='result'/>
            <message from='southampton@conference.example.org' to='firstlord@example.org/house kinghenryv@example.org/throne'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='outcast' jid='lordscroop@example.org' role='none'><reason>Treason</reason></item></x>
            </message>
            <message from='southampton@conference.example.org' to='firstlord@example.org/house kinghenryv@example.org/throne'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='outcast' jid='sirthomasgrey@example.org' role='none'><reason>Treason</reason></item></x>
            </message>
            """);
    }
}
