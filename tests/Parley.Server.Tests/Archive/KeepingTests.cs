using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Accounts;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Archive;

public class KeepingTests
{
    private const string Hints = "xmlns='urn:xmpp:hints'";

    [Theory]
    [InlineData("<message to='{0}'><body>x</body></message>", true)]
    [InlineData("<message to='{0}' type='normal'><body>x</body></message>", true)]
    [InlineData("<message to='{0}' type='chat'><body>x</body></message>", true)]
    [InlineData("<message to='{0}' type='unheard-of'><body>x</body></message>", true)]
    [InlineData("<message to='{0}' type='chat'><body/></message>", true)]
    [InlineData("<message to='{0}/balcony' type='chat'><body>x</body></message>", true)]
    [InlineData("<message to='{0}/gone'><body>x</body></message>", true)]
    [InlineData("<message to='{0}' type='headline'><body>x</body></message>", false)]
    [InlineData("<message to='{0}/balcony' type='groupchat'><body>x</body></message>", false)]
    [InlineData("<message to='{0}' type='error'><body>x</body><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", true)]
    [InlineData("<message to='{0}' type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", false)]
    [InlineData("<message to='{0}' type='error'><store " + Hints + "/><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", false)]
    [InlineData("<message to='{0}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", false)]
    [InlineData("<message to='{0}' type='chat'><body>x</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>", true)]
    [InlineData("<message to='{0}'><subject>x</subject></message>", false)]
    [InlineData("<message to='{0}' type='chat'/>", false)]
    [InlineData("<message to='{0}' type='chat'><body xmlns='http://www.w3.org/1999/xhtml'>x</body></message>", false)]
    [InlineData("<message to='{0}' type='chat'><received xmlns='urn:xmpp:receipts' id='1'/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><request xmlns='urn:xmpp:receipts'/></message>", false)]
    [InlineData("<message to='{0}' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><markable xmlns='urn:xmpp:chat-markers:0'/></message>", false)]
    [InlineData("<message to='{0}' type='chat'><reactions xmlns='urn:xmpp:reactions:0' id='1'/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><retract xmlns='urn:xmpp:message-retract:1' id='1'/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><retract xmlns='urn:xmpp:message-retract:1' id='1'/><no-store " + Hints + "/></message>", true)]
    [InlineData("<message to='{0}'><x xmlns='jabber:x:conference' jid='room@example.net'/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><x xmlns='urn:x'/><store " + Hints + "/></message>", true)]
    [InlineData("<message to='{0}' type='headline'><body>x</body><store " + Hints + "/></message>", false)]
    [InlineData("<message to='{0}' type='chat'><body>x</body><no-store " + Hints + "/></message>", false)]
    [InlineData("<message to='{0}' type='chat'><no-permanent-store " + Hints + "/><body>x</body></message>", false)]
    [InlineData("<message to='{0}' type='chat'><body>x</body><no-copy " + Hints + "/></message>", true)]
    [InlineData("<message to='{0}' type='chat'><body>x</body><store " + Hints + "/><no-store " + Hints + "/></message>", false)]
    public async Task By_type_content_and_hints_a_message_is_kept_for_both_or_not(string message, bool kept)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        await romeo.SendAsync(message.Replace("{0}", "juliet@example.org", StringComparison.Ordinal));
        await romeo.ReceiveAllAsync();
        await juliet.ReceiveAllAsync();

        Assert.Equal(kept ? 1 : 0, (await romeo.ArchiveAsync()).Results.Count);
        Assert.Equal(kept ? 1 : 0, (await juliet.ArchiveAsync()).Results.Count);
    }

    [Fact]
    public async Task Both_ends_keep_exactly_what_was_sent_under_one_id()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.AppearAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        const string content = "<body xml:lang='cs'>&lt;Hi&gt; &#x1F602;</body><body>a</body><x xmlns='urn:x' y=\"1'2\"><![CDATA[<z>]]></x><s:w xmlns:s='urn:s'/>";

        await romeo.SendAsync($"<message id='a&amp;b' to='juliet@example.org' type='chat' xml:lang='en'>{content}</message>");

        var message = await juliet.MessageAsync();
        var id = message.StanzaId("juliet@example.org")!;
        Assert.Null(message.StanzaId("romeo@example.org"));
        var theirs = Assert.Single((await juliet.ArchiveAsync()).Results);
        var ours = Assert.Single((await romeo.ArchiveAsync()).Results);
        Assert.Equal([id, id], [theirs.Id, ours.Id]);
        Assert.Equal(new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero), theirs.Forwarded.Delay?.Stamp);
        foreach (var stanza in new[] { theirs.Forwarded.Stanza, ours.Forwarded.Stanza })
        {
            Assert.Equal(("romeo@example.org/orchard", "juliet@example.org", "a&b"), (stanza.From!.ToString(), stanza.To!.ToString(), stanza.IdText));
            Assert.Contains("xml:lang='en'", Encoding.UTF8.GetString(stanza.ToBytes()), StringComparison.Ordinal);
            Assert.Equal("<Hi> \U0001F602", stanza.Child(new("body", "jabber:client"))!.Value.Text);
            Assert.Equal("<z>", stanza.Child(new("x", "urn:x"))!.Value.Text);
            Assert.Equal(4, stanza.Children.Count);
        }
    }

    [Fact]
    public async Task A_message_to_oneself_is_kept_once_and_found_by_ones_own_address()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.AppearAsync();
        await server.CreateAccountAsync("romeo@example.org");
        await juliet.SendAsync("<message to='juliet@example.org' type='chat'><body>milk</body></message>");
        var id = (await juliet.MessageAsync()).StanzaId("juliet@example.org");
        await juliet.SayAsync("romeo@example.org", "hello");

        Assert.Equal(["milk", "hello"], (await juliet.ArchiveAsync()).Bodies);
        Assert.Equal(id, Assert.Single((await juliet.ArchiveAsync("with=juliet@example.org")).Ids));
    }

    [Fact]
    public async Task The_archive_of_an_account_that_was_never_there_keeps_nothing_and_the_sender_hears_of_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        await romeo.SendAsync("<message to='nobody@example.org' type='chat'><body>x</body></message>");

        (await romeo.MessageAsync()).IsError("service-unavailable", "cancel");
        await server.CreateAccountAsync("nobody@example.org");
        Assert.Null(await server.Get<IArchiveStore>().BoundsAsync(Jid.Parse("nobody@example.org"), CancellationToken.None));
    }

    [Fact]
    public async Task What_is_kept_does_not_come_back_for_want_of_a_place_to_wait()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.MaxOfflineMessages = 1);
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        await romeo.SayAsync("juliet@example.org", "1", "2", "3");

        await romeo.ExpectNothingAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        Assert.Equal(["1", "2", "3"], (await juliet.ArchiveAsync()).Bodies);
    }

    [Theory]
    [InlineData("juliet@example.org", true)]
    [InlineData("JULIET@Example.Org", true)]
    [InlineData("juliet@example.org/balcony", true)]
    [InlineData("romeo@example.org", true)]
    [InlineData("example.org", true)]
    [InlineData("room@muc.example.net", false)]
    public async Task Ids_in_our_name_are_removed_and_others_stay(string by, bool removed)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.AppearAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var forged = $"<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='forged'/>";

        // One that is archived, one that is not, and one in another wrapping.
        await romeo.SendAsync($"<message to='juliet@example.org' type='chat'>{forged}<body>x</body>{forged}{forged}<origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>");
        await romeo.SendAsync($"<message to='juliet@example.org' type='headline'>{forged}<body>x</body>{forged}{forged}</message>");
        await romeo.SendAsync($"<message to='juliet@example.org' type='chat'><body>x</body><s:stanza-id xmlns:s='urn:xmpp:sid:0' by='{by}' id='forged'/></message>");

        foreach (var copies in new[] { 3, 3, 1 })
        {
            var message = await juliet.MessageAsync();
            Assert.Equal(removed ? 0 : copies, message.ToText().Split("'forged'").Length - 1);
        }

        foreach (var result in (await juliet.ArchiveAsync()).Results)
        {
            Assert.Equal(!removed, Encoding.UTF8.GetString(result.Forwarded.Stanza.ToBytes()).Contains("forged", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_ids_of_the_senders_own_and_of_nested_elements_stay()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.AppearAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>x</body><origin-id xmlns='urn:xmpp:sid:0' id='o'/><stanza-id xmlns='urn:xmpp:sid:0' id='s'/>"
            + "<w xmlns='urn:w'><stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.org' id='n'/></w></message>");

        var message = await juliet.MessageAsync();
        Assert.Equal("o", message.Child("origin-id", "urn:xmpp:sid:0")!.Value.Attribute("id"));
        Assert.Equal("s", message.Child("stanza-id", "urn:xmpp:sid:0")!.Value.Attribute("id"));
        Assert.NotNull(message.Child("w", "urn:w")!.Value.Child("stanza-id", "urn:xmpp:sid:0"));
        Assert.NotNull(message.StanzaId("juliet@example.org"));
    }

    [Fact]
    public async Task A_blocked_contact_leaves_no_trace_in_the_archive_of_who_blocks()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        (await juliet.IqAsync("set", null, "<block xmlns='urn:xmpp:blocking'><item jid='paris@example.org'/></block>")).IsResult();
        var paris = await server.LoginAsync("paris@example.org/count");

        await paris.SendAsync("<message to='juliet@example.org' type='chat'><body>marry me</body></message>");

        (await paris.MessageAsync()).IsError("service-unavailable", "cancel");
        await juliet.ReceiveAllAsync();
        Assert.Empty((await juliet.ArchiveAsync()).Results);
    }

    [Fact]
    public async Task A_removed_account_takes_its_archive_with_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await server.CreateAccountAsync("juliet@example.org");
        await romeo.SayAsync("juliet@example.org", "before");
        await server.Get<AccountService>().RemoveAsync(Jid.Parse("juliet@example.org"), CancellationToken.None);

        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>after</body></message>");

        (await romeo.MessageAsync()).IsError("service-unavailable", "cancel");
        var another = await server.LoginAsync("juliet@example.org/tomb");
        Assert.Empty((await another.ArchiveAsync()).Results);
    }

    [Fact]
    public async Task The_account_advertises_what_its_archive_can_do()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        var info = DiscoInfo.Parse((await juliet.IqAsync("get", "juliet@example.org", "<query xmlns='http://jabber.org/protocol/disco#info'/>")).IsResult()!.Value);

        Assert.Empty(new[]
        {
            "urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:mam:2#groupchat-field", "urn:xmpp:fulltext:0", "urn:xmpp:sid:0",
            "http://jabber.org/protocol/rsm", "urn:xmpp:message-retract:1", "urn:xmpp:message-retract:1#tombstone",
        }.Except(info.Features));
        Assert.DoesNotContain("urn:xmpp:mam:2#groupchat-available", info.Features);
    }
}
