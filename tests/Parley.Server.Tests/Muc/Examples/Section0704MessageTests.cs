using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §7.4 and §7.5: messages to all, and to one.</summary>
public sealed class Section0704MessageTests
{
    [Fact, Example(44, 45)]
    public async Task A_message_goes_to_all_occupants()
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync("<message from='hag66@example.org/pda' id='hysf1v37' to='coven@conference.example.org' type='groupchat'><body>Harpier cries: 'tis time, 'tis time.</body></message>");

        await scene.ExpectAsync("""
            <message from='coven@conference.example.org/thirdwitch' id='hysf1v37' to='crone1@example.org/desktop wiccarocks@example.org/laptop hag66@example.org/pda' type='groupchat'>
              <body>Harpier cries: 'tis time, 'tis time.</body>
            </message>
            """);
    }

    // The service adds the element where it is missing.
    [Theory]
    [Example(46, 47)]
    [InlineData("<x xmlns='http://jabber.org/protocol/muc#user' />")]
    [InlineData("")]
    public async Task A_private_message_goes_to_one(string mark)
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync($"<message from='wiccarocks@example.org/laptop' id='hgn27af1' to='coven@conference.example.org/firstwitch' type='chat'><body>I'll give thee a wind.</body>{mark}</message>");

        await scene.ExpectAsync("""
            <message from='coven@conference.example.org/secondwitch' id='hgn27af1' to='crone1@example.org/desktop' type='chat'>
              <body>I'll give thee a wind.</body>
              <x xmlns='http://jabber.org/protocol/muc#user' />
            </message>
            """);
    }

    // What was refused may come back with the error, or not, and who it is by may be said (RFC 6120 §8.3.1).
    [Fact, Example(48)]
    public async Task A_message_to_one_is_none_to_all()
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync("<message from='wiccarocks@example.org/laptop' id='bx71f29k' to='coven@conference.example.org/firstwitch' type='groupchat'><body>I'll give thee a wind.</body></message>");

        await scene.ExpectAsync("""
            <message from='coven@conference.example.org/firstwitch' id='bx71f29k' to='wiccarocks@example.org/laptop' type='error'>
              <error type='modify'>
                <bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
              </error>
            </message>
            """);
    }
}
