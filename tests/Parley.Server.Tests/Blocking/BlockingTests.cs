using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Modules.Blocking;
using Parley.Server.Routing;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Blocking;

public class BlockingTests
{
    private const string List = "<blocklist xmlns='urn:xmpp:blocking'/>";
    private const string Romeo = "romeo@example.org";

    [Fact]
    public async Task A_list_is_empty_at_first_and_keeps_its_order()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");

        Assert.Equal(List, (await juliet.IqAsync("get", null, List)).IsResult()!.Value.ToText());
        await BlockAsync(juliet, "romeo@montague.net", "iago@shakespeare.lit");
        await BlockAsync(juliet, "Romeo@Montague.net");

        Assert.Equal(
            "<blocklist xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/><item jid='iago@shakespeare.lit'/></blocklist>",
            (await juliet.IqAsync("get", null, List)).IsResult()!.Value.ToText());
    }

    [Theory]
    [InlineData("<block xmlns='urn:xmpp:blocking'/>", "bad-request", "modify")]
    [InlineData("<block xmlns='urn:xmpp:blocking'><other/></block>", "bad-request", "modify")]
    [InlineData("<block xmlns='urn:xmpp:blocking'><item/></block>", "bad-request", "modify")]
    [InlineData("<block xmlns='urn:xmpp:blocking'><item jid=''/></block>", "bad-request", "modify")]
    [InlineData("<block xmlns='urn:xmpp:blocking'><item jid='@'/></block>", "jid-malformed", "modify")]
    [InlineData("<unblock xmlns='urn:xmpp:blocking'><item/></unblock>", "bad-request", "modify")]
    [InlineData("<unblock xmlns='urn:xmpp:blocking'><other/></unblock>", "bad-request", "modify")]
    public async Task Malformed_commands_are_refused_and_change_nothing(string command, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await BlockAsync(juliet, "romeo@montague.net");

        (await juliet.IqAsync("set", null, command)).IsError(condition, type);

        Assert.Equal(1, (await juliet.IqAsync("get", null, List)).IsResult()!.Value.ChildCount);
    }

    [Fact]
    public async Task Another_account_is_none_of_ones_business()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync(Romeo);
        var juliet = await server.LoginAsync("juliet@example.org/chamber");

        (await juliet.IqAsync("get", Romeo, List)).IsError("service-unavailable", "cancel");
        (await juliet.IqAsync("set", Romeo, Command("block", "x@example.net"))).IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task Resources_that_asked_for_the_list_hear_of_its_changes()
    {
        await using var server = await XmppTestServer.StartAsync();
        var chamber = await server.LoginAsync("juliet@example.org/chamber");
        var balcony = await server.LoginAsync("juliet@example.org/balcony");
        var deaf = await server.LoginAsync("juliet@example.org/deaf");
        await chamber.IqAsync("get", null, List);
        await balcony.IqAsync("get", null, List);

        foreach (var command in new[] { Command("block", "romeo@montague.net"), Command("unblock", "romeo@montague.net"), "<unblock xmlns='urn:xmpp:blocking'/>" })
        {
            Assert.Null((await chamber.IqAsync("set", null, command)).IsResult());
            foreach (var resource in new[] { chamber, balcony })
            {
                var push = await resource.ReceiveAsync();
                Assert.Equal("set", push.Attribute("type"));
                Assert.Equal(resource.Jid, push.Attribute("to"));
                Assert.Equal(command, OnlyChild(push).ToText());
                await resource.SendAsync($"<iq type='result' id='{push.Attribute("id")}'/>");
            }
        }

        await deaf.ExpectNothingAsync(chamber, balcony);
        await chamber.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("block")]
    [InlineData("unblock")]
    public async Task Whoever_commands_has_the_result_before_the_push(string command)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await juliet.IqAsync("get", null, List);

        await juliet.SendAsync($"<iq type='set' id='{command}1'>{Command(command, "romeo@montague.net")}</iq>");

        Assert.Equal(("result", $"{command}1"), TypeAndId(await juliet.ReceiveAsync()));
        Assert.Equal("set", (await juliet.ReceiveAsync()).Attribute("type"));

        static (string?, string?) TypeAndId(XmlElement iq) => (iq.Attribute("type"), iq.Attribute("id"));
    }

    [Theory]
    [InlineData("romeo@example.org/orchard", true)]
    [InlineData("romeo@example.org", true)]
    [InlineData("example.org", true)]
    [InlineData("romeo@example.org/street", false)]
    [InlineData("example.org/orchard", false)]
    [InlineData("other@example.org", false)]
    [InlineData("example.net", false)]
    public async Task Addresses_match_with_and_without_resource_and_by_domain(string item, bool blocked)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await BlockAsync(juliet, item);

        await romeo.SendAsync("<message to='juliet@example.org/chamber'><body>Can you hear me now?</body></message>");

        if (blocked)
        {
            (await romeo.MessageAsync()).IsError("service-unavailable", "cancel");
            await juliet.ExpectNothingAsync(romeo);
        }
        else
        {
            Assert.Equal("Can you hear me now?", (await juliet.MessageAsync()).Body());
        }
    }

    [Fact]
    public async Task To_whom_is_blocked_the_account_seems_to_be_offline()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await juliet.AppearAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await BlockAsync(juliet, Romeo);

        foreach (var to in new[] { "juliet@example.org", "juliet@example.org/chamber" })
        {
            await romeo.SendAsync($"<message to='{to}' type='chat'><body>x</body></message>");
            (await romeo.MessageAsync()).IsError("service-unavailable", "cancel");
            (await romeo.IqAsync("get", to, "<vCard xmlns='vcard-temp'/>")).IsError("service-unavailable", "cancel");
            (await romeo.IqAsync("set", to, "<x xmlns='urn:x'/>")).IsError("service-unavailable", "cancel");
            await romeo.SendAsync($"<presence to='{to}'/><presence to='{to}' type='unavailable'/>");
            await romeo.SendAsync($"<iq type='result' id='1' to='{to}'/><message type='error' to='{to}'/>");
        }

        await juliet.ExpectNothingAsync(romeo);
        await romeo.ExpectNothingAsync();
        Assert.Equal(0, await server.Get<IOfflineStore>().CountAsync(Jid.Parse("juliet@example.org"), CancellationToken.None));
    }

    [Theory]
    [InlineData("<message to='romeo@example.org' type='chat' id='1'><body>x</body></message>")]
    [InlineData("<message to='romeo@example.org/orchard' id='1'><body>x</body></message>")]
    [InlineData("<iq to='romeo@example.org/orchard' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")]
    [InlineData("<presence to='romeo@example.org/orchard' id='1'/>")]
    public async Task What_is_written_to_a_blocked_contact_does_not_leave(string stanza)
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.AppearAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await BlockAsync(juliet, Romeo);

        await juliet.SendAsync(stanza);

        var error = (await juliet.ReceiveAsync()).IsError("not-acceptable", "cancel");
        Assert.NotNull(error.Child("blocked", "urn:xmpp:blocking:errors"));
        await romeo.ExpectNothingAsync(juliet);
    }

    [Theory]
    [InlineData("<unblock xmlns='urn:xmpp:blocking'><item jid='romeo@example.org'/></unblock>")]
    [InlineData("<unblock xmlns='urn:xmpp:blocking'/>")]
    public async Task Whoever_is_unblocked_is_heard_again(string command)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await BlockAsync(juliet, Romeo, "other@example.net");
        (await juliet.IqAsync("set", null, command)).IsResult();

        await romeo.SendAsync("<message to='juliet@example.org/chamber'><body>again</body></message>");
        Assert.Equal("again", (await juliet.MessageAsync()).Body());
        await juliet.SendAsync("<message to='romeo@example.org/orchard'><body>yes</body></message>");
        Assert.Equal("yes", (await romeo.MessageAsync()).Body());
    }

    [Fact]
    public async Task Ones_own_resources_are_never_blocked()
    {
        await using var server = await XmppTestServer.StartAsync();
        var chamber = await server.LoginAsync("juliet@example.org/chamber");
        var balcony = await server.LoginAsync("juliet@example.org/balcony");
        await BlockAsync(chamber, "juliet@example.org", "juliet@example.org/balcony", "example.org");

        await balcony.SendAsync("<message to='juliet@example.org/chamber'><body>me</body></message>");
        Assert.Equal("me", (await chamber.MessageAsync()).Body());
        Assert.Equal(3, (await chamber.IqAsync("get", null, List)).IsResult()!.Value.ChildCount);
    }

    [Theory]
    [InlineData("romeo@example.org", Subscription.From, "romeo@example.org")]
    [InlineData("romeo@example.org", Subscription.Both, "romeo@example.org")]
    [InlineData("example.org", Subscription.Both, "romeo@example.org")]
    [InlineData("romeo@example.org/orchard", Subscription.Both, "romeo@example.org/orchard")]
    [InlineData("romeo@example.org", Subscription.To, null)]
    [InlineData("romeo@example.org", Subscription.None, null)]
    public async Task A_subscriber_sees_the_account_go_and_come_back(string item, Subscription subscription, string? told)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (juliet, romeo) = await ContactsAsync(server, subscription);

        await BlockAsync(juliet, item);
        (await juliet.IqAsync("set", null, Command("unblock", item))).IsResult();

        if (told is not null)
        {
            var gone = await romeo.ReceiveAsync();
            Assert.Equal(("unavailable", "juliet@example.org/chamber", told), (gone.Attribute("type"), gone.Attribute("from"), gone.Attribute("to")));
            var back = await romeo.ReceiveAsync();
            Assert.Equal((null, "juliet@example.org/chamber", told), (back.Attribute("type"), back.Attribute("from"), back.Attribute("to")));
            Assert.Equal("away", OnlyChild(back).Text);
        }

        await romeo.ExpectNothingAsync(juliet);
    }

    [Theory]
    [InlineData("romeo@example.org", "romeo@example.org")]
    [InlineData("romeo@example.org/orchard", "romeo@example.org")]
    [InlineData("romeo@example.org/orchard", "romeo@example.org/orchard")]
    [InlineData("romeo@example.org", "example.org")]
    public async Task Whoever_had_directed_presence_sees_the_resource_go_once(string to, string item)
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.AppearAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await juliet.SendAsync($"<presence to='{to}'/>");
        Assert.Null((await romeo.ReceiveAsync()).Attribute("type"));

        await BlockAsync(juliet, item);

        var gone = await romeo.ReceiveAsync();
        Assert.Equal(("unavailable", "juliet@example.org/chamber"), (gone.Attribute("type"), gone.Attribute("from")));
        (await juliet.IqAsync("set", null, Command("unblock", item))).IsResult();
        await juliet.SendAsync("<presence type='unavailable'/>");
        await romeo.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task A_subscriber_with_directed_presence_sees_the_account_go_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (juliet, romeo) = await ContactsAsync(server, Subscription.Both);
        await juliet.SendAsync("<presence to='romeo@example.org/orchard'/>");
        Assert.Null((await romeo.ReceiveAsync()).Attribute("type"));

        await BlockAsync(juliet, Romeo);

        Assert.Equal("unavailable", (await romeo.ReceiveAsync()).Attribute("type"));
        await romeo.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task What_waits_from_whoever_is_blocked_since_goes_back_to_its_sender()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var nurse = await server.LoginAsync("nurse@example.org/house");
        await romeo.SendAsync("<message to='juliet@example.org' type='chat' id='1'><body>first</body></message>");
        await nurse.ExpectNothingAsync(romeo);
        await nurse.SendAsync("<message to='juliet@example.org' type='chat' id='2'><body>second</body></message>");
        await nurse.ExpectNothingAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await BlockAsync(juliet, Romeo);

        await juliet.SendAsync("<presence/>");

        Assert.Equal("second", (await juliet.MessageAsync()).Body());
        var returned = await romeo.MessageAsync();
        returned.IsError("service-unavailable", "cancel");
        Assert.Equal("1", returned.Attribute("id"));
        await nurse.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_request_of_whoever_is_blocked_since_waits_until_the_block_is_lifted()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<presence to='juliet@example.org' type='subscribe'/>");
        await romeo.ExpectNothingAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await BlockAsync(juliet, Romeo);

        await juliet.AppearAsync();
        await juliet.ExpectNothingAsync();

        (await juliet.IqAsync("set", null, Command("unblock", Romeo))).IsResult();
        await juliet.ChangePresenceAsync("<presence type='unavailable'/>");
        await juliet.AppearAsync();
        Assert.Equal("subscribe", (await juliet.ReceiveAsync()).Attribute("type"));
    }

    [Fact]
    public async Task Whoever_is_blocked_twice_sees_it_once_and_nothing_before_both_are_lifted()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (juliet, romeo) = await ContactsAsync(server, Subscription.Both);

        await BlockAsync(juliet, Romeo);
        Assert.Equal("unavailable", (await romeo.ReceiveAsync()).Attribute("type"));
        await BlockAsync(juliet, "example.org");
        (await juliet.IqAsync("set", null, Command("unblock", Romeo))).IsResult();
        await romeo.ExpectNothingAsync(juliet);

        (await juliet.IqAsync("set", null, Command("unblock", "example.org"))).IsResult();
        Assert.Null((await romeo.ReceiveAsync()).Attribute("type"));
    }

    [Fact]
    public async Task A_list_has_a_thousand_addresses_at_most()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await BlockAsync(juliet, [.. Enumerable.Range(0, 1000).Select(number => $"user{number}@example.net")]);

        (await juliet.IqAsync("set", null, Command("block", "more@example.net"))).IsError("resource-constraint", "wait");
        await BlockAsync(juliet, "user7@example.net");
        Assert.Equal(1000, (await juliet.IqAsync("get", null, List)).IsResult()!.Value.ChildCount);
    }

    [Fact]
    public async Task The_next_owner_of_a_name_has_blocked_nobody()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder => builder.AddModule<AsksDuringRemoval>());
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await BlockAsync(juliet, Romeo);
        await juliet.IqAsync("set", null, "<query xmlns='jabber:iq:register'><remove/></query>");

        var next = await server.LoginAsync("juliet@example.org/balcony");
        await romeo.SendAsync("<message to='juliet@example.org/balcony'><body>hello</body></message>");

        Assert.Equal("hello", (await next.MessageAsync()).Body());
        Assert.Equal(List, (await next.IqAsync("get", null, List)).IsResult()!.Value.ToText());
    }

    private static async Task<(TestClient Juliet, TestClient Romeo)> ContactsAsync(XmppTestServer server, Subscription subscription)
    {
        await server.CreateAccountAsync("juliet@example.org");
        await server.Get<IRosterStore>().SetAsync(
            Jid.Parse("juliet@example.org"),
            new RosterItem(Jid.Parse(Romeo), null, subscription, false, false, [], default, true, 0),
            CancellationToken.None);
        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await juliet.AppearAsync("<show>away</show>");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.AppearAsync();
        return (juliet, romeo);
    }

    private static async Task BlockAsync(TestClient client, params string[] items) =>
        Assert.Null((await client.IqAsync("set", null, Command("block", items))).IsResult());

    private static string Command(string name, params string[] items) =>
        $"<{name} xmlns='urn:xmpp:blocking'>{string.Concat(items.Select(item => $"<item jid='{item}'/>"))}</{name}>";

    private static XmlElement OnlyChild(XmlElement element)
    {
        XmlElement? only = null;
        foreach (var child in element.Children)
        {
            Assert.Null(only);
            only = child;
        }

        return only!.Value;
    }

    /// <summary>Has the list of an account in use while the account is removed.</summary>
    private sealed class AsksDuringRemoval(IBlockLists lists) : IXmppModule
    {
        public void Configure(ModuleBuilder module) => module.OnAccountRemoving(AskAsync);

        private async ValueTask AskAsync(Jid account, FlushSet flush, CancellationToken cancellationToken) =>
            Assert.True(await lists.IsBlockedAsync(account, Jid.Parse(Romeo), cancellationToken));
    }
}
