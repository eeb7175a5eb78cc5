using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §10.9 and §11: the end of a room, and of a stay in it that the service ends.</summary>
public sealed class Section1009EndTests
{
    private static readonly string[] Witches =
    [
        "crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch admin", "hag66@example.org/pda thirdwitch member",
    ];

    [Fact, Example(201, 202, 203)]
    public async Task An_owner_ends_the_room()
    {
        await using var scene = await Scene.StartAsync("heath", Witches);

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='begone' to='heath@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='coven@conference.example.org'><reason>Macbeth doth come.</reason></destroy></query>
            </iq>
            """);

        await scene.ExpectAsync($"""
            {string.Concat(Witches.Select(static person => person.Split(' ')).Select(static person => Gone(person[1], person[0])))}
            <iq from='heath@conference.example.org' id='begone' to='crone1@example.org/desktop' type='result'/>
            """);
    }

    [Fact, Example(204)]
    public async Task Nobody_else_does()
    {
        await using var scene = await Scene.StartAsync("heath", Witches);

        await scene.SendAsync("""
            <iq from='wiccarocks@example.org/laptop' id='destroytest' to='heath@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='coven@conference.example.org'><reason>Macbeth doth come.</reason></destroy></query>
            </iq>
            """);

        await scene.ExpectAsync("""
            <iq from='heath@conference.example.org' id='destroytest' to='wiccarocks@example.org/laptop' type='error'>
              <error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
    }

    // The client of somebody elsewhere is not there any more, as the answer to a message says.
    [Fact, Example(205, 206)]
    public async Task Of_whom_an_error_says_that_he_is_gone_he_goes()
    {
        await using var scene = await Scene.StartAsync("harfleur", ["gower@example.org/cell gower owner", "pistol@example.org/harfleur pistol"]);

        await scene.SendAsync("""
            <message from='pistol@example.org/harfleur' id='e1' to='harfleur@conference.example.org/gower' type='error'>
              <error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </message>
            """);

        await scene.ExpectAsync("""
            <presence from='harfleur@conference.example.org/pistol' to='pistol@example.org/harfleur' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='pistol@example.org/harfleur' role='none'/>
                <status code='110'/>
                <status code='333'/>
              </x>
            </presence>
            <presence from='harfleur@conference.example.org/pistol' to='gower@example.org/cell' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='pistol@example.org/harfleur' role='none'/>
                <status code='333'/>
              </x>
            </presence>
            """);
    }

    // To each client one presence, its own, before its stream ends.
    [Fact, Example(207)]
    public async Task When_the_service_stops_everybody_is_told()
    {
        await using var scene = await Scene.StartAsync("harfleur", ["pistol@example.org/harfleur pistol owner", "othello@example.org/client othello"]);

        var stopping = scene.Server.StopAsync();

        foreach (var (client, nickname, affiliation) in new[] { ("pistol@example.org/harfleur", "pistol", "owner"), ("othello@example.org/client", "othello", "none") })
        {
            await scene.ExpectNextAsync($"""
                <presence from='harfleur@conference.example.org/{nickname}' to='{client}' type='unavailable'>
                  <x xmlns='http://jabber.org/protocol/muc#user'>
                    <item affiliation='{affiliation}' jid='{client}' role='none'/>
                    <status code='110'/>
                    <status code='332'/>
                  </x>
                </presence>
                """);
            await scene[client].ExpectStreamErrorAsync("system-shutdown");
        }

        await stopping;
    }

    private static string Gone(string nickname, string jid) => $"""
        <presence from='heath@conference.example.org/{nickname}' to='{jid}' type='unavailable'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='none' jid='{jid}' role='none'/>
            <destroy jid='coven@conference.example.org'><reason>Macbeth doth come.</reason></destroy>
            <status code='110'/>
          </x>
        </presence>
        """;
}
