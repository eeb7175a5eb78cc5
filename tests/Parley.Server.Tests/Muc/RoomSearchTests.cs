using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc;
using Parley.Server.Storage;
using Parley.Server.Tests.Discovery;
using Parley.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Searching for rooms (XEP-0433), and asking for names (XEP-0307).</summary>
public sealed class RoomSearchTests
{
    private static Task<XmlElement> AskAsync(TestClient client, string content) =>
        client.IqAsync("get", Service, $"<search xmlns='{ChannelSearch.Namespace}'>{content}</search>");

    private static string Form(params string[] fields) =>
        $"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{ChannelSearch.FormType}</value></field>"
        + $"{string.Concat(fields.Select(static field => $"<field var='{field[..field.IndexOf('=')]}'><value>{field[(field.IndexOf('=') + 1)..]}</value></field>"))}</x>";

    private static async Task<ChannelSearchResult> FindAsync(TestClient client, string content) => ChannelSearchResult.Parse((await AskAsync(client, content)).IsResult()!.Value);

    private static async Task<string> NamesAsync(TestClient client, string content) =>
        string.Join(' ', (await FindAsync(client, content)).Items.Select(static item => item.Address.Local));

    // cave: 3 inside, persistent; heath: 1, in memory alone; forres: stored, nobody inside; hidden ones of both kinds.
    private static async Task<TestClient> RoomsAsync(XmppTestServer server)
    {
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"forres@{Service}/x", "muc#roomconfig_persistentroom=1", "muc#roomconfig_roomdesc=The palace of witches", "muc#roomconfig_membersonly=1");
        await crone.SendAsync($"<presence type='unavailable' to='forres@{Service}/x'/>");
        await crone.CreateAsync($"cave@{Service}/x", "muc#roomconfig_persistentroom=1", "muc#roomconfig_roomname=Witches Meeting", "muc#roomconfig_lang=en", "muc#roomconfig_whois=anyone");
        await crone.CreateAsync($"witches@{Service}/x", "muc#roomconfig_enablelogging=0", "muc#roomconfig_roomname=A Lonely Héath");
        await crone.CreateAsync($"witches-hidden@{Service}/x", "muc#roomconfig_publicroom=0");
        await crone.CreateAsync($"witches-dark@{Service}/x", "muc#roomconfig_publicroom=0", "muc#roomconfig_enablelogging=0");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        await wicca.EnterAsync($"cave@{Service}/y");
        return crone;
    }

    // Examples 1 to 3.
    [Fact]
    public async Task The_service_tells_of_its_search_form()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");

        Assert.Contains("urn:xmpp:channel-search:0:search", (await crone.InfoAsync(Service)).Features);
        var form = DataForm.In((await AskAsync(crone, "")).IsResult()!.Value)!;
        Assert.Equal((DataFormType.Form, ChannelSearch.FormType), (form.Type, form.FormType));
        Assert.Equal(["q", "all", "sinname", "sindescription", "sinaddress", "min_users", "types", "key"], form.Fields.Skip(1).Select(static field => field.Variable));
    }

    // Examples 4 and 5.
    [Theory]
    [InlineData("cave witches forres", "q=witches")]
    [InlineData("cave forres witches", "q=WITCHES", "key={urn:xmpp:channel-search:0:order}address")]
    [InlineData("cave", "q=meet witch")]
    [InlineData("witches", "q=heath")]
    [InlineData("cave", "q=witches", "sindescription=0", "sinaddress=0")]
    [InlineData("witches", "q=witches", "sindescription=0", "sinname=0")]
    [InlineData("cave witches", "q=witches", "min_users=1")]
    [InlineData("cave", "all=1", "min_users=2")]
    [InlineData("cave forres witches", "all=1", "key={urn:xmpp:channel-search:0:order}address")]
    [InlineData("", "q=nothing")]
    [InlineData("", "q=witches", "types=xep-0369")]
    public async Task Public_rooms_are_found(string expected, params string[] fields)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await RoomsAsync(server);

        Assert.Equal(expected, await NamesAsync(crone, Form(fields)));
    }

    [Fact]
    public async Task What_is_found_says_what_it_is()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await RoomsAsync(server);

        var items = (await FindAsync(crone, Form("all=1", "key={urn:xmpp:channel-search:0:order}address"))).Items;

        Assert.Equal(
            new ChannelSearchItem(Parley.Protocol.Addressing.Jid.Parse($"cave@{Service}"))
            {
                Title = "Witches Meeting",
                Language = "en",
                Users = 2,
                ServiceType = "xep-0045",
                IsOpen = true,
                AnonymityMode = ChannelSearchItem.NoAnonymity,
            },
            items[0]);
        Assert.Equal(
            new ChannelSearchItem(Parley.Protocol.Addressing.Jid.Parse($"forres@{Service}"))
            {
                Title = "forres",
                Description = "The palace of witches",
                Users = 0,
                ServiceType = "xep-0045",
                IsOpen = false,
                AnonymityMode = "muc_semianonymous",
            },
            items[1]);
    }

    [Theory]
    [InlineData("nusers", "cave", "witches", "forres")]
    [InlineData("address", "cave", "forres", "witches")]
    public async Task Results_come_by_pages_either_way(string order, params string[] expected)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await RoomsAsync(server);
        var form = Form("all=1", $"key={{urn:xmpp:channel-search:0:order}}{order}");
        static string Page(string where) => $"<set xmlns='http://jabber.org/protocol/rsm'><max>1</max>{where}</set>";

        var found = new List<string>();
        for (var page = await FindAsync(crone, Page("") + form); page.Items.Count > 0; page = await FindAsync(crone, Page($"<after>{page.Page!.Last}</after>") + form))
        {
            found.Add(Assert.Single(page.Items).Address.Local!);
        }

        Assert.Equal(expected, found);
        Assert.Equal(expected[2], await NamesAsync(crone, Page("<before/>") + form));
        Assert.Equal(expected[1], await NamesAsync(crone, Page($"<before>{expected[2]}@{Service}</before>") + form));
    }

    // One request is so much work and no more, whatever it asks for.
    [Theory]
    [InlineData(50, 200, "all=1")]
    [InlineData(0, 2000, "q=witches", "sinname=0", "sinaddress=0")]
    [InlineData(0, 0, "all=1", "min_users=2")]
    [InlineData(1, 0, "all=1", "min_users=1")]
    public async Task A_search_looks_at_so_many_rooms_at_most(int found, int lookedAt, params string[] fields)
    {
        await using var server = await XmppTestServer.StartAsync(build: BusyRoomStore.Register);
        var store = (BusyRoomStore)server.Get<IRoomStore>();
        var document = Encoding.UTF8.GetBytes(
            "<room xmlns='urn:parley:room:1'><x xmlns='jabber:x:data' type='submit'><field var='muc#roomconfig_persistentroom'><value>1</value></field></x></room>");
        for (var i = 0; i < 2500; i++)
        {
            await store.SaveAsync(new RoomRow(Jid.Parse($"room{i:D4}@{Service}"), "Witches", null, true, document), CancellationToken.None);
        }

        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync($"room2400@{Service}/x");

        foreach (var order in new[] { "address", "nusers" })
        {
            var before = store.Listed;
            var items = (await FindAsync(crone, Form([.. fields, $"key={{urn:xmpp:channel-search:0:order}}{order}"]))).Items;

            Assert.Equal(found, items.Count);
            Assert.InRange(store.Listed - before, 0, order == "address" ? lookedAt : 2000);
        }
    }

    // Examples 6, 7, 10 and 11, by the conditions that the text names.
    [Theory]
    [InlineData("feature-not-implemented", "modify", "invalid-sort-key", "q=witches", "key={urn:x}y")]
    [InlineData("bad-request", "modify", "invalid-search-terms", "q=%%%")]
    [InlineData("bad-request", "modify", "conflicting-fields", "q=witches", "all=1")]
    [InlineData("bad-request", "cancel", "no-search-conditions", "min_users=1")]
    public async Task A_search_that_makes_no_sense_is_refused(string condition, string type, string own, params string[] fields)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");

        var error = (await AskAsync(crone, Form(fields))).IsError(condition, type);

        Assert.NotNull(error.Child(own, "urn:xmpp:channel-search:0:error"));
    }

    // XEP-0307, examples 1, 2, 4 and 5.
    [Fact]
    public async Task The_service_gives_names_that_nobody_has()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        Assert.Contains("http://jabber.org/protocol/muc#unique", (await crone.InfoAsync(Service)).Features);

        var names = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            Assert.True(names.Add(UniqueRoomName.Parse((await crone.IqAsync("get", Service, $"<unique xmlns='{UniqueRoomName.Namespace}'/>")).IsResult()!.Value)!));
        }

        var entry = await crone.EnterAsync($"{names.First()}@{Service}/firstwitch");
        Assert.Contains(MucStatus.Created, entry.Own.User().Statuses);
        Assert.Empty((await crone.ItemsAsync(Service)).Items);
    }

    [Fact]
    public async Task Who_may_create_no_rooms_gets_no_name()
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(static options => options.WhoMayCreate = RoomCreators.Admins));
        var crone = await server.LoginAsync("crone1@example.org/desktop");

        (await crone.IqAsync("get", Service, $"<unique xmlns='{UniqueRoomName.Namespace}'/>")).IsError("not-allowed", "cancel");
    }
}
