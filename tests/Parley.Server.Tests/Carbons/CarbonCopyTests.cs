using Parley.Protocol.Extensions;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Carbons;

/// <summary>Who gets a copy, and how it looks: XEP-0280 §7 to §9 and §12.</summary>
public class CarbonCopyTests
{
    private const string Counsel = "<body>What man art thou that, thus bescreen'd in night, so stumblest on my counsel?</body><thread>0e3141cd80894871a68e6fe6b1ec56fa</thread>";

    [Fact]
    public async Task The_examples()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var garden = await server.LoginWithCarbonsAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");

        await juliet.SendAsync($"<message to='romeo@example.org/garden' type='chat'>{Counsel}</message>");
        Assert.Equal(
            $"<message from='romeo@example.org' to='romeo@example.org/home' type='chat'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
            + $"<message xmlns='jabber:client' from='juliet@example.org/balcony' to='romeo@example.org/garden' type='chat'>{Counsel}</message></forwarded></received></message>",
            (await home.MessageAsync()).ToText());
        Assert.Equal(
            $"<message from='juliet@example.org/balcony' to='romeo@example.org/garden' type='chat'>{Counsel}</message>", (await garden.MessageAsync()).ToText());

        await home.SendAsync("<message to='juliet@example.org/balcony' type='chat'><body>Neither, fair saint, if either thee dislike.</body></message>");
        Assert.Equal(
            "<message from='romeo@example.org' to='romeo@example.org/garden' type='chat'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
            + "<message xmlns='jabber:client' from='romeo@example.org/home' to='juliet@example.org/balcony' type='chat'>"
            + "<body>Neither, fair saint, if either thee dislike.</body></message></forwarded></sent></message>",
            (await garden.MessageAsync()).ToText());
        await home.ExpectNothingAsync(juliet);
        await garden.ExpectNothingAsync(home);
    }

    [Fact]
    public async Task A_forged_copy_is_passed_on_as_what_it_is()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var tybalt = await server.LoginAsync("tybalt@example.org/home");
        var garden = await server.LoginWithCarbonsAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
        await garden.AppearAsync();
        const string forged = "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'"
            + " from='juliet@example.org/balcony' to='romeo@example.org/garden' type='chat'><body>Thou shall meet me tonite, at our house's hall!</body></message></forwarded></received>";

        await tybalt.SendAsync($"<message to='romeo@example.org' type='chat'>{forged}</message>");

        Assert.Equal($"<message from='tybalt@example.org/home' to='romeo@example.org' type='chat'>{forged}</message>", (await garden.MessageAsync()).ToText());
        await home.ExpectNothingAsync(tybalt);

        // An account's own client cannot speak for the account either.
        await garden.SendAsync($"<message from='romeo@example.org' to='romeo@example.org/home' type='chat'>{forged}</message>");
        Assert.Equal("romeo@example.org/garden", (await home.MessageAsync()).Attribute("from"));
    }

    /// <summary>
    /// Romeo's resources with carbons enabled, by priority; u for one that is not available. Juliet writes to an address; which resources get the message
    /// itself, and which a copy.
    /// </summary>
    [Theory]
    [InlineData("1 0", "/0", "chat", "0", "1")]
    [InlineData("1 0", "/0", "normal", "0", "1")]
    [InlineData("1 0", "", "chat", "0 1", "")]
    [InlineData("1 0", "", "normal", "0 1", "")]
    [InlineData("1 -1", "", "chat", "0", "1")]
    [InlineData("1 u", "", "chat", "0", "1")]
    [InlineData("1 u", "/1", "chat", "1", "0")]
    [InlineData("-1 u", "", "chat", "", "0 1")]
    [InlineData("u u", "", "chat", "", "0 1")]
    [InlineData("1 -1", "/gone", "chat", "0", "1")]
    [InlineData("u u", "/gone", "chat", "", "0 1")]
    [InlineData("1 0", "/gone", "normal", "", "0 1")]
    [InlineData("1 u", "/0", "headline", "0", "1")]
    [InlineData("1 u", "", "headline", "0", "1")]
    [InlineData("1 u", "/gone", "headline", "", "0 1")]
    [InlineData("u", "/0", "chat", "0", "")]
    [InlineData("u", "", "chat", "", "0")]
    public async Task Whoever_does_not_get_the_message_gets_a_copy(string priorities, string resource, string type, string originals, string copies)
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = new List<TestClient>();
        foreach (var priority in priorities.Split(' '))
        {
            romeo.Add(await server.LoginWithCarbonsAsync($"romeo@example.org/{romeo.Count}"));
            if (priority != "u")
            {
                await romeo[^1].AppearAsync($"<priority>{priority}</priority>");
            }
        }

        // A receipt makes a headline eligible, too.
        await juliet.SendAsync($"<message to='romeo@example.org{resource}' type='{type}'><body>Hi</body><received xmlns='urn:xmpp:receipts' id='1'/></message>");
        await juliet.BarrierAsync();

        var (gotOriginal, gotCopy) = (new List<int>(), new List<int>());
        foreach (var (i, client) in romeo.Index())
        {
            foreach (var message in (await client.ReceiveAllAsync()).Where(element => element.LocalName == "message"))
            {
                var isCopy = message.Attribute("from") == "romeo@example.org";
                (isCopy ? gotCopy : gotOriginal).Add(i);
                Assert.Equal("Hi", (isCopy ? message.Copied(client, "received") : message).Body());
            }
        }

        Assert.Equal(originals, string.Join(' ', gotOriginal));
        Assert.Equal(copies, string.Join(' ', gotCopy));
    }

    /// <summary>What an account sends to itself: each resource gets it once, and the sender only what it is itself the addressee of.</summary>
    [Theory]
    [InlineData("", "0 1", "2")]
    [InlineData("/0", "0", "1 2")]
    [InlineData("/1", "1", "2")]
    [InlineData("/2", "2", "1")]
    public async Task What_one_sends_to_oneself_comes_once(string resource, string originals, string copies)
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var romeo = new List<TestClient>();
        for (var i = 0; i < 3; i++)
        {
            romeo.Add(await server.LoginWithCarbonsAsync($"romeo@example.org/{i}"));
        }

        await romeo[0].PresenceAsync();
        await romeo[1].PresenceAsync();
        await romeo[1].BarrierAsync();

        await romeo[0].SendAsync($"<message to='romeo@example.org{resource}' type='chat'><body>Hi</body></message>");
        await romeo[0].BarrierAsync();

        var (gotOriginal, gotCopy) = (new List<int>(), new List<int>());
        foreach (var (i, client) in romeo.Index())
        {
            foreach (var message in (await client.ReceiveAllAsync()).Where(element => element.LocalName == "message"))
            {
                var isCopy = message.Attribute("from") == "romeo@example.org";
                (isCopy ? gotCopy : gotOriginal).Add(i);
                Assert.Equal("Hi", (isCopy ? message.Copied(client, "sent") : message).Body());
            }
        }

        Assert.Equal(originals, string.Join(' ', gotOriginal));
        Assert.Equal(copies, string.Join(' ', gotCopy));
    }

    [Fact]
    public async Task Only_resources_that_enabled_them_get_copies_whoever_sends()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var plain = await server.LoginAsync("romeo@example.org/plain");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
        var garden = await server.LoginWithCarbonsAsync("romeo@example.org/garden");

        foreach (var (sender, to, id) in new[] { (plain, juliet, "a"), (home, juliet, "b"), (juliet, home, "c") })
        {
            await sender.SendAsync($"<message to='{to.Jid}' type='chat' id='{id}'/>");
            await sender.BarrierAsync();
        }

        Assert.Equal("a", (await home.CopyAsync("sent")).Attribute("id"));
        Assert.Equal("c", (await home.MessageAsync()).Attribute("id"));
        Assert.Equal(["a", "b", "c"], new[] { await garden.CopyAsync("sent"), await garden.CopyAsync("sent"), await garden.CopyAsync("received") }
            .Select(copy => copy.Attribute("id")));
        await plain.ExpectNothingAsync();
        await home.ExpectNothingAsync();
        await garden.ExpectNothingAsync();
    }

    [Fact]
    public async Task Both_ends_of_a_conversation_get_their_own_and_in_order()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var chamber = await server.LoginWithCarbonsAsync("juliet@example.org/chamber");
        await server.LoginAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
        const int count = 20;

        for (var i = 0; i < count; i++)
        {
            await juliet.SendAsync($"<message to='romeo@example.org/{(i % 2 == 0 ? "garden" : "home")}' type='chat' id='{i}'/>");
        }

        for (var i = 0; i < count; i++)
        {
            Assert.Equal($"{i}", (await chamber.CopyAsync("sent")).Attribute("id"));
            Assert.Equal($"{i}", (i % 2 == 0 ? await home.CopyAsync("received") : await home.MessageAsync()).Attribute("id"));
        }
    }

    [Fact]
    public async Task The_language_of_the_stream_goes_with_the_message_and_the_id_stays_inside()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await server.LoginAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");

        await juliet.SendAsync("<message to='romeo@example.org/garden' type='chat' id='m&apos;1&lt;' xml:lang='it' xmlns:a='urn:example:a'><a:x a:y='&lt;'/><body>Ciao</body></message>");

        var wrapper = await home.MessageAsync();
        Assert.Null(wrapper.Attribute("id"));
        var copy = wrapper.Copied(home, "received");
        Assert.Equal("m'1<", copy.Attribute("id"));
        Assert.Equal("it", copy.Attribute("lang", "http://www.w3.org/XML/1998/namespace"));
        Assert.Equal("<", copy.Child("x", "urn:example:a")?.Attribute("y", "urn:example:a"));
    }

    [Theory]
    [InlineData("romeo@example.org", "juliet@example.org/balcony", "romeo@example.org/garden")]
    [InlineData("juliet@example.org", "juliet@example.org/balcony", "romeo@example.org/garden")]
    public async Task What_is_blocked_is_not_copied_on_either_side(string blocker, string sender, string recipient)
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var juliet = await server.LoginAsync(sender);
        var chamber = await server.LoginWithCarbonsAsync("juliet@example.org/chamber");
        var garden = await server.LoginAsync(recipient);
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
        var blocked = blocker.StartsWith("romeo", StringComparison.Ordinal) ? "juliet@example.org" : "romeo@example.org";
        await (blocked[0] == 'j' ? home : chamber).IqAsync("set", null, $"<block xmlns='urn:xmpp:blocking'><item jid='{blocked}'/></block>");

        await juliet.SendAsync($"<message to='{recipient}' type='chat' id='m1'><body>Hi</body></message>");

        Assert.Equal("error", (await juliet.MessageAsync()).Attribute("type"));
        foreach (var client in new[] { chamber, garden, home })
        {
            await client.ExpectNothingAsync(juliet);
        }
    }

    [Fact]
    public async Task A_session_without_a_connection_gets_copies_when_it_is_resumed()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var garden = await server.LoginAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
        await home.SendAsync("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        var id = (await home.ReceiveAsync()).Attribute("id");
        await home.DisposeAsync();

        await juliet.SendAsync("<message to='romeo@example.org/garden' type='chat' id='1'/>");
        await garden.MessageAsync();
        await garden.SendAsync("<message to='juliet@example.org/balcony' type='chat' id='2'/>");
        await garden.BarrierAsync();
        var again = await server.OpenAsync();
        await again.AuthenticateAsync("romeo", XmppTestServer.Password);
        await again.SendAsync($"<resume xmlns='urn:xmpp:sm:3' previd='{id}' h='0'/>");
        await juliet.SendAsync("<message to='romeo@example.org/garden' type='chat' id='3'/>");

        foreach (var (direction, message) in new[] { ("received", "1"), ("sent", "2"), ("received", "3") })
        {
            var wrapper = await again.MessageAsync();
            Assert.Equal(home.Jid, wrapper.Attribute("to"));
            Assert.Equal(message, wrapper.Child(direction, "urn:xmpp:carbons:2")?.Child("forwarded", "urn:xmpp:forward:0")?.Child("message", "jabber:client")?.Attribute("id"));
        }
    }

    [Fact]
    public async Task Copies_for_a_session_that_is_never_resumed_are_forgotten()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var garden = await server.LoginAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
        await home.SendAsync("<enable xmlns='urn:xmpp:sm:3' resume='true' max='60'/>");
        await home.ReceiveAsync();
        await home.DisposeAsync();
        await juliet.SendAsync("<message to='romeo@example.org/garden' type='chat'/>");
        await garden.MessageAsync();

        server.Time.Advance(TimeSpan.FromSeconds(61));

        await garden.ExpectNothingAsync(juliet);
        await juliet.ExpectNothingAsync();
        Assert.Equal(0, await server.Get<IOfflineStore>().CountAsync(Parley.Protocol.Addressing.Jid.Parse("romeo@example.org"), CancellationToken.None));
    }

    [Fact]
    public async Task A_copy_shows_the_id_in_the_archive_of_its_own_account()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never, builder => builder.AddModule<Archiving>());
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var chamber = await server.LoginWithCarbonsAsync("juliet@example.org/chamber");
        await server.LoginAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");

        await juliet.SendAsync("<message to='romeo@example.org/garden' type='chat'><body>Hi</body></message>");

        foreach (var (client, direction, id) in new[] { (chamber, "sent", 1L), (home, "received", 2L) })
        {
            var stanzaId = (await client.CopyAsync(direction)).Child("stanza-id", "urn:xmpp:sid:0");
            Assert.Equal(client.BareJid, stanzaId?.Attribute("by"));
            Assert.Equal(ArchiveId.ToText(id), stanzaId?.Attribute("id"));
        }
    }

    /// <summary>Says that every message is archived at both ends.</summary>
    private sealed class Archiving : IXmppModule
    {
        public void Configure(ModuleBuilder module) => module.AtStage(Stage.Archive, static (delivery, _) =>
        {
            (delivery.SenderArchiveId, delivery.RecipientArchiveId) = (1, 2);
            return new(Verdict.Continue);
        });
    }
}
