using System.Text;
using Parley.Protocol.Extensions;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Archive;

public class RetractionTests
{
    private const string Retract = "<retract id='wrong-recipient-1' xmlns='urn:xmpp:message-retract:1'/>"
        + "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><body>/me retracted a previous message</body><store xmlns='urn:xmpp:hints'/>";

    /// <summary>A server with the storage of these tests.</summary>
    protected virtual Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => XmppTestServer.StartAsync(options);

    [Theory]
    [InlineData("romeo@example.org/orchard")]
    [InlineData("romeo@example.org/garden")]
    public async Task A_tombstone_stands_where_the_message_stood_for_both_ends(string by)
    {
        await using var server = await StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message type='chat' to='juliet@example.org' id='wrong-recipient-1'><body>Have not saints lips?</body><thread>t</thread></message>");
        await romeo.SayAsync("juliet@example.org", "between");
        var before = (await juliet.ArchiveAsync()).Ids.ToArray();
        server.Time.Advance(TimeSpan.FromMinutes(1));

        var again = by.EndsWith("orchard", StringComparison.Ordinal) ? romeo : await server.LoginAsync(by);
        await again.SendAsync($"<message type='chat' to='juliet@example.org' id='retract-message-1'>{Retract}</message>");
        await again.BarrierAsync();

        foreach (var client in new[] { juliet, again })
        {
            var page = await client.ArchiveAsync();
            Assert.Equal(before, page.Ids.Take(2));
            Assert.Equal(
                "<message from='romeo@example.org/orchard' to='juliet@example.org' type='chat' id='wrong-recipient-1'>"
                + "<retracted xmlns='urn:xmpp:message-retract:1' id='retract-message-1' stamp='2026-01-01T12:01:00Z'/></message>",
                Encoding.UTF8.GetString(page.Results[0].Forwarded.Stanza.ToBytes()));
            Assert.Equal(new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero), page.Results[0].Forwarded.Delay?.Stamp);
            Assert.Equal([null, "between", "/me retracted a previous message"], page.Bodies);
            Assert.NotNull(page.Results[2].Forwarded.Stanza.Child(Retraction.Name));
            Assert.Empty((await client.ArchiveAsync("{urn:xmpp:fulltext:0}fulltext=saints")).Results);
        }
    }

    [Theory]
    [InlineData("juliet@example.org/balcony", "romeo@example.org", "<message id='r'>{0}</message>", "wrong-recipient-1")]
    [InlineData("paris@example.org/count", "juliet@example.org", "<message id='r'>{0}</message>", "wrong-recipient-1")]
    [InlineData("romeo@example.org/orchard", "paris@example.org", "<message id='r'>{0}</message>", "wrong-recipient-1")]
    [InlineData("romeo@example.org/orchard", "juliet@example.org", "<message id='r'>{0}</message>", "wrong-recipient-2")]
    [InlineData("romeo@example.org/orchard", "juliet@example.org", "<message id='r'>{0}</message>", "' OR ''='")]
    [InlineData("romeo@example.org/orchard", "juliet@example.org", "<message id='r'><body>x</body><w xmlns='urn:w'>{0}</w></message>", "wrong-recipient-1")]
    [InlineData("romeo@example.org/orchard", "juliet@example.org", "<message>{0}</message>", "wrong-recipient-1")]
    [InlineData("romeo@example.org/orchard", "juliet@example.org", "<message id='r' type='headline'>{0}</message>", "wrong-recipient-1")]
    [InlineData("romeo@example.org/orchard", "juliet@example.org", "<message id='r'><retract xmlns='urn:xmpp:message-retract:1'/></message>", "")]
    [InlineData("romeo@example.org/orchard", "juliet@example.org", "<message id='wrong-recipient-1'>{0}</message>", "wrong-recipient-2")]
    public async Task Nothing_else_is_retracted(string sender, string to, string retraction, string id)
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        await server.CreateAccountAsync("paris@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message type='chat' to='juliet@example.org' id='wrong-recipient-1'><body>Have not saints lips?</body></message>");
        await romeo.BarrierAsync();
        var client = sender.StartsWith("romeo", StringComparison.Ordinal) ? romeo : await server.LoginAsync(sender);

        await client.SendAsync(retraction
            .Replace("{0}", $"<retract id=\"{id}\" xmlns='urn:xmpp:message-retract:1'/>", StringComparison.Ordinal)
            .Replace("<message", $"<message to='{to}'", StringComparison.Ordinal));
        await client.BarrierAsync();

        await romeo.ReceiveAllAsync();
        Assert.Equal("Have not saints lips?", (await romeo.ArchiveAsync()).Bodies.First());
        var juliet = client.BareJid == "juliet@example.org" ? client : await server.LoginAsync("juliet@example.org/chamber");
        Assert.Equal("Have not saints lips?", (await juliet.ArchiveAsync()).Bodies.First());
    }

    [Fact]
    public async Task A_tombstone_and_a_retraction_are_not_retracted()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await server.CreateAccountAsync("juliet@example.org");
        await romeo.SendAsync("<message to='juliet@example.org' id='1'><body>x</body></message>");
        await romeo.SendAsync(Retraction("2", "1"));
        await romeo.SendAsync(Retraction("3", "1"));
        await romeo.SendAsync(Retraction("4", "2"));

        // Its own id is that of what it retracts.
        await romeo.SendAsync(Retraction("5", "5"));
        await romeo.BarrierAsync();

        var left = (await romeo.ArchiveAsync()).Results.Select(static result => result.Forwarded.Stanza).ToArray();
        Assert.Equal("2", left[0].Child(Retracted.Name)!.Value.Attribute("id"));
        Assert.All(left[1..], static stanza => Assert.NotNull(stanza.Child(Protocol.Extensions.Retraction.Name)));

        static string Retraction(string id, string of) => $"<message to='juliet@example.org' id='{id}'><retract id='{of}' xmlns='urn:xmpp:message-retract:1'/></message>";
    }

    [Fact]
    public async Task Occupants_of_a_room_retract_their_own_private_messages_alone()
    {
        const string occupant = "<x xmlns='http://jabber.org/protocol/muc#user'/>";
        await using var server = await StartAsync();
        var garden = await server.LoginAsync("room@example.org/romeo");
        var count = await server.LoginAsync("room@example.org/paris");
        await server.CreateAccountAsync("juliet@example.org");
        await garden.SendAsync($"<message to='juliet@example.org' type='chat' id='1'><body>x</body>{occupant}</message>");
        await garden.BarrierAsync();

        await count.SendAsync($"<message to='juliet@example.org' type='chat' id='2'><retract id='1' xmlns='urn:xmpp:message-retract:1'/>{occupant}</message>");
        await count.BarrierAsync();
        Assert.Equal("x", (await garden.ArchiveAsync()).Bodies.First());

        await garden.SendAsync($"<message to='juliet@example.org' type='chat' id='3'><retract id='1' xmlns='urn:xmpp:message-retract:1'/>{occupant}</message>");
        await garden.BarrierAsync();
        Assert.Null((await garden.ArchiveAsync()).Bodies.First());
    }
}
