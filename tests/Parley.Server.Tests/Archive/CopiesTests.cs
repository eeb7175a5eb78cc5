using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Archive;

/// <summary>Copies (XEP-0280) and the archive together.</summary>
public class CopiesTests
{
    private const string Forged = "<stanza-id xmlns='urn:xmpp:sid:0' by='{0}' id='forged'/>";

    [Theory]
    [InlineData("always", "always")]
    [InlineData("never", "always")]
    [InlineData("always", "never")]
    [InlineData("never", "never")]
    public async Task A_copy_has_the_id_of_its_own_accounts_archive_and_not_the_others(string sender, string recipient)
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var garden = await CopiedAsync(server, "romeo@example.org/garden");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var chamber = await CopiedAsync(server, "juliet@example.org/chamber");
        await romeo.IqAsync("set", null, $"<prefs xmlns='urn:xmpp:mam:2' default='{sender}'/>");
        await juliet.IqAsync("set", null, $"<prefs xmlns='urn:xmpp:mam:2' default='{recipient}'/>");
        var forged = Forged.Replace("{0}", "romeo@example.org", StringComparison.Ordinal) + Forged.Replace("{0}", "juliet@example.org", StringComparison.Ordinal);

        await romeo.SendAsync($"<message to='juliet@example.org/balcony' type='chat'>{forged}<body>x</body></message>");

        var message = await juliet.MessageAsync();
        var ours = (await romeo.ArchiveAsync()).Ids.SingleOrDefault();
        var theirs = (await juliet.ArchiveAsync()).Ids.SingleOrDefault();
        Assert.Equal((sender == "always", recipient == "always"), (ours is not null, theirs is not null));
        Assert.Equal((null, theirs), Ids(message));
        Assert.Equal((ours, null), Ids(await CopyAsync(garden, "sent")));
        Assert.Equal((null, theirs), Ids(await CopyAsync(chamber, "received")));
    }

    [Fact]
    public async Task Messages_are_archived_once_however_many_copies_there_are()
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var garden = await CopiedAsync(server, "romeo@example.org/garden");
        var juliet = await CopiedAsync(server, "juliet@example.org/balcony");
        var chamber = await CopiedAsync(server, "juliet@example.org/chamber");

        await romeo.SayAsync("juliet@example.org", "1", "2");

        foreach (var client in new[] { romeo, garden, juliet, chamber })
        {
            await client.ReceiveAllAsync();
            Assert.Equal(["1", "2"], (await client.ArchiveAsync()).Bodies);
        }
    }

    private static (string? Romeo, string? Juliet) Ids(XmlElement message) => (message.StanzaId("romeo@example.org"), message.StanzaId("juliet@example.org"));

    private static async Task<TestClient> CopiedAsync(XmppTestServer server, string jid)
    {
        var client = await server.LoginAsync(jid);
        (await client.IqAsync("set", null, "<enable xmlns='urn:xmpp:carbons:2'/>")).IsResult();
        await client.AppearAsync();
        await client.ReceiveAllAsync();
        return client;
    }

    private static async Task<XmlElement> CopyAsync(TestClient client, string direction) =>
        (await client.MessageAsync()).Child(direction, "urn:xmpp:carbons:2")!.Value.Child(Forwarded.Name)!.Value.Child("message", "jabber:client")!.Value;
}
