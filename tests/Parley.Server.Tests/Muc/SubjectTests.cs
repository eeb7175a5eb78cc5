using Parley.Protocol.Extensions;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>The subject of a room (XEP-0045 §7.2.15, §7.3, §8.1).</summary>
public sealed class SubjectTests
{
    [Fact]
    [Example(40, 84, 85)]
    public async Task A_moderator_changes_the_subject_and_everybody_hears_of_it_at_once_or_when_he_enters()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        var changed = server.Time.GetUtcNow();

        await crone.SendAsync($"<message id='lh2bs617' type='groupchat' to='{Coven}'><subject>Fire Burn and Cauldron Bubble!</subject></message>");

        foreach (var client in new[] { crone, wicca, hag })
        {
            var message = await client.MessageAsync();
            Assert.Equal($"{Coven}/firstwitch", message.Attribute("from"));
            Assert.Equal("Fire Burn and Cauldron Bubble!", message.Child("subject", "jabber:client")?.Text);
            Assert.Null(message.Body());
        }

        server.Time.Advance(TimeSpan.FromHours(1));
        var entry = await (await server.LoginAsync("hecate@example.org/broom")).EnterAsync($"{Coven}/hecate");
        Assert.Empty(entry.History);
        Assert.Equal($"{Coven}/firstwitch", entry.Subject.Attribute("from"));
        Assert.Equal("Fire Burn and Cauldron Bubble!", entry.Subject.Child("subject", "jabber:client")?.Text);
        var delay = DelayedDelivery.Parse(entry.Subject.Child(DelayedDelivery.Name)!.Value);
        Assert.Equal(Coven, delay.From?.ToString());
        Assert.Equal(changed, delay.Stamp, TimeSpan.FromSeconds(1));
    }

    [Fact]
    [Example(87)]
    public async Task Others_may_not_unless_the_room_lets_them()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync($"<message id='lh2bs617' type='groupchat' to='{Coven}'><subject>Fire Burn and Cauldron Bubble!</subject></message>");

        var error = await hag.MessageAsync();
        error.IsError("forbidden", "auth");
        Assert.Equal("lh2bs617", error.Attribute("id"));
        await crone.ExpectNothingAsync(hag);

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_changesubject=1")).IsResult();
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><subject>Fire Burn and Cauldron Bubble!</subject></message>");
        Assert.Equal($"{Coven}/thirdwitch", (await crone.ReceiveAsync(static message => message.Child("subject", "jabber:client") is not null)).Attribute("from"));
    }

    // §7.2.15: of a subject's time "the 'from' attribute MUST be set to the JID of the room itself".
    [Fact]
    public async Task When_the_subject_was_changed_the_room_alone_says()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);

        await crone.SendAsync(
            $"<message type='groupchat' to='{Coven}'><subject>Fire</subject><delay xmlns='urn:xmpp:delay' from='crone1@example.org/desktop' stamp='2004-09-29T01:54:37Z'/></message>");

        await crone.MessageAsync();
        var subject = (await (await server.LoginAsync("hecate@example.org/broom")).EnterAsync($"{Coven}/hecate")).Subject;
        Assert.Equal("Fire", subject.Child("subject", "jabber:client")?.Text);
        Assert.Equal(Coven, DelayedDelivery.Parse(subject.Child(DelayedDelivery.Name)!.Value).From?.ToString());
        Assert.DoesNotContain("2004-09-29", subject.ToText(), StringComparison.Ordinal);
    }

    // Taken away on purpose, it has a time.
    [Fact]
    [Example(41, 88)]
    public async Task A_subject_may_be_taken_away()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><subject>Fire</subject></message>");

        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><subject/></message>");

        await crone.MessageAsync();
        Assert.Equal("", (await crone.MessageAsync()).Child("subject", "jabber:client")?.Text);
        var entry = await (await server.LoginAsync("hag66@example.org/pda")).EnterAsync($"{Coven}/thirdwitch");
        Assert.Equal("", entry.Subject.Child("subject", "jabber:client")?.Text);
        Assert.NotNull(entry.Subject.Child(DelayedDelivery.Name));
    }

    // §8.1: with a body or a thread it is a message like others.
    [Theory]
    [InlineData("<subject>Fire</subject><body>Thrice</body>")]
    [InlineData("<subject>Fire</subject><thread>t</thread>")]
    public async Task A_message_with_a_subject_and_more_changes_none(string payload)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync($"<message type='groupchat' to='{Coven}'>{payload}</message>");

        Assert.Equal("Fire", (await crone.MessageAsync()).Child("subject", "jabber:client")?.Text);
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.RequestAsync($"{Coven}/hecate");
        var subject = await hecate.ReceiveAsync(static element => element.LocalName == "message" && element.Child("subject", "jabber:client")?.Text == "");
        Assert.Equal(Coven, subject.Attribute("from"));
    }

    [Fact]
    public async Task A_subject_has_a_limit()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");

        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><subject>{new string('x', 9000)}</subject></message>");

        (await crone.MessageAsync()).IsError("not-acceptable", "modify");
    }
}
