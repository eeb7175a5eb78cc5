using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §7.2.13 to §7.2.15: history and subject for who enters.</summary>
public sealed class Section0702HistoryTests
{
    [Fact, Example(33)]
    public async Task Who_enters_gets_what_was_said()
    {
        await using var scene = await Scene.CovenAsync();
        await scene.LoginAsync("hecate@example.org/broom");
        await scene.SendAsync("""
            <message from='crone1@example.org/desktop' id='162BEBB1' to='coven@conference.example.org' type='groupchat'><body>Thrice the brinded cat hath mew'd.</body></message>
            <message from='wiccarocks@example.org/laptop' id='90057840' to='coven@conference.example.org' type='groupchat'><body>Thrice and once the hedge-pig whined.</body></message>
            <message from='hag66@example.org/pda' id='77E07BB0' to='coven@conference.example.org' type='groupchat'><body>Harpier cries 'Tis time, 'tis time.</body></message>
            """);
        await scene.ForgetAsync();

        var entry = await scene["hecate@example.org/broom"].EnterAsync("coven@conference.example.org/hecate");

        Assert.Equal(4, entry.Presences.Count);
        string[] expected =
        [
            "<message xmlns='jabber:client' from='coven@conference.example.org/firstwitch' id='162BEBB1' to='hecate@example.org/broom' type='groupchat'><body>Thrice the brinded cat hath mew'd.</body><delay xmlns='urn:xmpp:delay' from='coven@conference.example.org' stamp='*'/></message>",
            "<message xmlns='jabber:client' from='coven@conference.example.org/secondwitch' id='90057840' to='hecate@example.org/broom' type='groupchat'><body>Thrice and once the hedge-pig whined.</body><delay xmlns='urn:xmpp:delay' from='coven@conference.example.org' stamp='*'/></message>",
            "<message xmlns='jabber:client' from='coven@conference.example.org/thirdwitch' id='77E07BB0' to='hecate@example.org/broom' type='groupchat'><body>Harpier cries 'Tis time, 'tis time.</body><delay xmlns='urn:xmpp:delay' from='coven@conference.example.org' stamp='*'/></message>",
        ];
        Assert.Equal(expected.Length, entry.History.Count);
        Assert.All(expected.Zip(entry.History), static pair => Assert.Null(
            StanzaLikeness.Difference(Protocol.Xml.XmlElement.Parse(System.Text.Encoding.UTF8.GetBytes(pair.First)), pair.Second, "hecate@example.org/broom")));
    }

    // Of 25 messages, one a minute, of which the first 12 are long.
    [Theory]
    [Example(35, 36, 37, 38, 39)]
    [InlineData("maxchars='65000'", 18)]
    [InlineData("maxstanzas='20'", 20)]
    [InlineData("seconds='180'", 3)]
    [InlineData("since='1970-01-01T00:00:00Z'", 25)]
    [InlineData("maxchars='0'", 0)]
    public async Task Who_enters_says_how_much_he_wants(string wanted, int count)
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"], ["muc#maxhistoryfetch=30"]);
        for (var number = 1; number <= 25; number++)
        {
            await scene.SendAsync($"""
                <message from='crone1@example.org/desktop' to='coven@conference.example.org' type='groupchat'><body>{number} {new string('x', number <= 12 ? 10_000 : 0)}</body></message>
                """);
            scene.Server.Time.Advance(TimeSpan.FromSeconds(number == 25 ? 30 : 60));
        }

        var entry = await scene["hag66@example.org/pda"].EnterAsync("coven@conference.example.org/thirdwitch", $"<history {wanted}/>");

        Assert.Equal(Enumerable.Range(26 - count, count).Select(static number => $"{number}"), entry.History.Select(static message => message.Body()!.Split(' ')[0]));
    }

    [Theory]
    [Example(40, 41)]
    [InlineData("Fire Burn and Cauldron Bubble!")]
    [InlineData("")]
    public async Task Who_enters_is_told_the_subject(string subject)
    {
        await using var scene = await Scene.StartAsync("coven", ["wiccarocks@example.org/laptop secondwitch admin", "crone1@example.org/desktop - owner"]);
        await scene.SendAsync($"""
            <message from='wiccarocks@example.org/laptop' to='coven@conference.example.org' type='groupchat'><subject>Spells</subject></message>
            <message from='wiccarocks@example.org/laptop' id='F437C672' to='coven@conference.example.org' type='groupchat'><subject>{subject}</subject></message>
            """);
        await scene.ForgetAsync();

        await scene.SendAsync("<presence from='crone1@example.org/desktop' to='coven@conference.example.org/firstwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>");

        await scene.ExpectAsync($"""
            <presence from='coven@conference.example.org/secondwitch' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='admin' jid='wiccarocks@example.org/laptop' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/firstwitch' to='wiccarocks@example.org/laptop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' jid='crone1@example.org/desktop' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/firstwitch' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' jid='crone1@example.org/desktop' role='moderator'/><status code='110'/></x>
            </presence>
            <message from='coven@conference.example.org/secondwitch' id='F437C672' to='crone1@example.org/desktop' type='groupchat'>
              <subject>{subject}</subject>
              <delay xmlns='urn:xmpp:delay' from='coven@conference.example.org' stamp='*'/>
            </message>
            """);
    }

    // A subject that was never set.
    [Fact, Example(41)]
    public async Task Who_enters_is_told_that_there_is_no_subject()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop - owner"]);

        await scene.SendAsync("<presence from='crone1@example.org/desktop' to='coven@conference.example.org/firstwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>");

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/firstwitch' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' jid='crone1@example.org/desktop' role='moderator'/><status code='110'/></x>
            </presence>
            <message from='coven@conference.example.org' to='crone1@example.org/desktop' type='groupchat'><subject/></message>
            """);
    }
}
