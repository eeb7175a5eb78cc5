using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §8.1: the subject.</summary>
public sealed class Section0801SubjectTests
{
    [Theory]
    [Example(84, 85, 88)]
    [InlineData("lh2bs617", "Fire Burn and Cauldron Bubble!")]
    [InlineData("uj3bs61g", "")]
    public async Task A_moderator_changes_the_subject(string id, string subject)
    {
        await using var scene = await Scene.CovenAsync();

        await scene.SendAsync($"<message from='wiccarocks@example.org/laptop' id='{id}' to='coven@conference.example.org' type='groupchat'><subject>{subject}</subject></message>");

        await scene.ExpectAsync($"""
            <message from='coven@conference.example.org/secondwitch' id='{id}' to='crone1@example.org/desktop wiccarocks@example.org/laptop hag66@example.org/pda' type='groupchat'>
              <subject>{subject}</subject>
            </message>
            """);
    }

    // The error comes from where the message went (RFC 6120 §8.3.1); "someone without appropriate privileges" is also who is not in the room.
    [Theory]
    [Example(87)]
    [InlineData("hag66@example.org/pda")]
    [InlineData("hecate@example.org/broom")]
    public async Task Others_do_not(string jid)
    {
        await using var scene = await Scene.CovenAsync();
        await scene.LoginAsync("hecate@example.org/broom");

        await scene.SendAsync($"<message from='{jid}' id='lh2bs617' to='coven@conference.example.org' type='groupchat'><subject>Fire Burn and Cauldron Bubble!</subject></message>");

        await scene.ExpectAsync($"""
            <message from='coven@conference.example.org' id='lh2bs617' to='{jid}' type='error'>
              <error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </message>
            """);
    }
}
