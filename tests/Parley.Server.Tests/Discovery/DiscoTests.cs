using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Hosting;
using Parley.Server.Modules.Disco;
using Parley.Server.Routing;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Discovery;

public class DiscoTests
{
    private static readonly DiscoItem Service = new(Jid.Parse("rooms.example.org"), "Rooms");

    [Theory]
    [InlineData("example.org")]
    [InlineData("example.org/anything")]
    public async Task A_server_tells_what_it_is(string address)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");

        var info = await alice.InfoAsync(address);

        Assert.Equal([new DiscoIdentity("server", "im")], info.Identities);
        Assert.Equal(info.Features.Order(StringComparer.Ordinal), info.Features);
        Assert.Superset(
            new HashSet<string>
            {
                "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items", "http://jabber.org/protocol/caps",
                "urn:xmpp:ping", "urn:xmpp:time", "jabber:iq:version",
            },
            info.Features.ToHashSet());
        Assert.DoesNotContain("urn:ietf:params:xml:ns:xmpp-bind", info.Features);
        Assert.True(EntityCapabilities.IsWellFormed(info));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("alice@example.org")]
    public async Task An_account_tells_itself_what_it_is(string? address)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");

        var info = await alice.InfoAsync(address);

        Assert.Equal([new DiscoIdentity("account", "registered")], info.Identities);
        Assert.Contains("http://jabber.org/protocol/disco#info", info.Features);
        Assert.Contains("urn:xmpp:ping", info.Features);
        Assert.DoesNotContain("jabber:iq:version", info.Features);
    }

    [Fact]
    public async Task An_account_has_its_available_resources_as_items()
    {
        await using var server = await XmppTestServer.StartAsync();
        var desk = await server.LoginAsync("alice@example.org/desk");
        await server.LoginAsync("alice@example.org/phone");
        Assert.Empty((await desk.ItemsAsync(null)).Items);

        Available(server, "alice@example.org/phone");

        Assert.Equal([new DiscoItem(Jid.Parse("alice@example.org/phone"))], (await desk.ItemsAsync(null)).Items);
    }

    // XEP-0030 §8: the two must look the same, byte for byte but for the address.
    [Theory]
    [InlineData("nobody@example.org", null)]
    [InlineData("nobody@example.org", "some-node")]
    [InlineData("bob@example.org", null)]
    [InlineData("bob@example.org", "some-node")]
    [InlineData("to@example.org", null)]
    [InlineData("none@example.org", "some-node")]
    public async Task An_account_is_hidden_from_those_that_may_not_have_its_presence(string address, string? node)
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.AddModule<Extension>());
        var alice = await server.LoginAsync("alice@example.org/desk");
        await server.LoginAsync("bob@example.org/phone");
        Available(server, "bob@example.org/phone");
        await AllowAsync(server, "to@example.org", "alice@example.org", Subscription.To);
        await AllowAsync(server, "none@example.org", "alice@example.org", Subscription.None);

        (await alice.AskInfoAsync(address, node)).IsError("service-unavailable", "cancel");

        var items = await alice.ItemsAsync(address, node);
        Assert.Empty(items.Items);
        Assert.Equal(node, items.Node);
    }

    [Theory]
    [InlineData(Subscription.From)]
    [InlineData(Subscription.Both)]
    public async Task An_account_is_visible_to_those_that_have_its_presence(Subscription subscription)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");
        await server.LoginAsync("bob@example.org/phone");
        Available(server, "bob@example.org/phone");
        await AllowAsync(server, "bob@example.org", "alice@example.org", subscription);

        Assert.Equal("account", (await alice.InfoAsync("bob@example.org")).Identities[0].Category);
        Assert.Equal([new DiscoItem(Jid.Parse("bob@example.org/phone"))], (await alice.ItemsAsync("bob@example.org")).Items);
        (await alice.AskItemsAsync("bob@example.org", "some-node")).IsError("item-not-found", "cancel");
    }

    [Theory]
    [InlineData("example.org", "no-such-node", "item-not-found", "cancel")]
    [InlineData("alice@example.org", "no-such-node", "item-not-found", "cancel")]
    [InlineData("example.org", "", "bad-request", "modify")]
    [InlineData("alice@example.org", "", "bad-request", "modify")]
    public async Task A_node_that_is_not_there_is_refused(string address, string node, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.AddModule<Extension>());
        var alice = await server.LoginAsync("alice@example.org/desk");

        (await alice.AskInfoAsync(address, node)).IsError(condition, type);
        (await alice.AskItemsAsync(address, node)).IsError(condition, type);
    }

    [Theory]
    [InlineData(DiscoInfo.Namespace)]
    [InlineData(DiscoItems.Namespace)]
    public async Task Nothing_can_be_set(string ns)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");

        (await alice.IqAsync("set", "example.org", $"<query xmlns='{ns}'/>")).IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task A_query_to_a_full_address_goes_to_its_client()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");
        var bob = await server.LoginAsync("bob@example.org/phone");

        await alice.SendAsync($"<iq type='get' id='i' to='bob@example.org/phone'><query xmlns='{DiscoInfo.Namespace}'/></iq>");

        var query = await bob.ReceiveAsync();
        Assert.Equal("alice@example.org/desk", query.Attribute("from"));
        Assert.NotNull(query.Child(DiscoInfo.Name));
    }

    [Fact]
    public async Task Modules_add_identities_forms_items_and_nodes()
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.AddModule<Extension>());
        var alice = await server.LoginAsync("alice@example.org/desk");

        var info = await alice.InfoAsync("example.org");
        Assert.Equal([new("server", "im"), new("pubsub", "pep")], info.Identities);
        Assert.Equal("urn:parley:test", Assert.Single(info.Forms).FormType);

        var account = await alice.InfoAsync(null);
        Assert.Equal([new("account", "registered"), new("pubsub", "pep")], account.Identities);
        Assert.Equal("alice@example.org", account.Forms[0].Text("address"));

        Assert.Contains(Service, (await alice.ItemsAsync("example.org")).Items);

        var node = await alice.InfoAsync("example.org", "here");
        Assert.Equal("here", node.Node);
        Assert.Equal([new DiscoIdentity("hierarchy", "leaf")], node.Identities);

        var items = await alice.ItemsAsync("example.org", "here");
        Assert.Equal("here", items.Node);
        Assert.Equal([Service], items.Items);
    }

    [Fact]
    public async Task Each_domain_speaks_for_itself()
    {
        await using var server = await XmppTestServer.StartAsync(
            options =>
            {
                options.Domains.Add("example.org");
                options.Domains.Add("example.net");
            },
            builder => builder.AddModule<Extension>());
        var alice = await server.LoginAsync("alice@example.org/desk");

        Assert.Equal("example.org", (await alice.InfoAsync("example.org")).Forms[0].Text("address"));
        Assert.Equal("example.net", (await alice.InfoAsync("example.net")).Forms[0].Text("address"));
    }

    private static void Available(XmppTestServer server, string jid)
    {
        var full = Jid.Parse(jid);
        var session = server.Get<SessionDirectory>().Find(full.Bare)!.Find(full)!;
        session.SetPresence(Stanza.Create(StanzaKind.Presence, StanzaType.None, full, null), 0);
    }

    private static async Task AllowAsync(XmppTestServer server, string account, string contact, Subscription subscription)
    {
        await server.CreateAccountAsync(account);
        var item = new RosterItem(Jid.Parse(contact), null, subscription, false, false, [], default, true, 0);
        await server.Get<IRosterStore>().SetAsync(Jid.Parse(account), item, CancellationToken.None);
    }

    private sealed class Extension : IXmppModule, IDiscoExtension
    {
        public void Configure(ModuleBuilder module) => module.ExtendDisco(this);

        public IEnumerable<DiscoIdentity> Identities(EntityKind entity, Jid address) => [new("pubsub", "pep")];

        public IEnumerable<DataForm> Forms(EntityKind entity, Jid address) =>
            [DataForm.Of(DataFormType.Result, "urn:parley:test", new DataFormField("address", null, address.ToString()))];

        public ValueTask<IReadOnlyList<DiscoItem>> ItemsAsync(IqRequest request, CancellationToken cancellationToken) => new([Service]);

        public ValueTask<DiscoInfo?> NodeInfoAsync(IqRequest request, string node, CancellationToken cancellationToken) =>
            new(node == "here" ? new DiscoInfo([new("hierarchy", "leaf")], [], []) : null);

        public ValueTask<DiscoItems?> NodeItemsAsync(IqRequest request, string node, CancellationToken cancellationToken) =>
            new(node == "here" ? new DiscoItems([Service]) : null);
    }
}
