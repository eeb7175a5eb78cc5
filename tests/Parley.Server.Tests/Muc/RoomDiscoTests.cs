using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Tests.Discovery;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Finding services and rooms, and what they are (XEP-0045 §6.1 to §6.5, §7.12, §18.1.1).</summary>
public sealed class RoomDiscoTests
{
    [Fact]
    [Example(1, 2, 3, 4)]
    public async Task The_server_lists_the_service_and_the_service_says_what_it_is()
    {
        await using var server = await XmppTestServer.StartAsync();
        var hag = await server.LoginAsync("hag66@example.org/pda");

        Assert.Contains((await hag.ItemsAsync("example.org")).Items, static item => item.Jid.ToString() == Service);
        var info = await hag.InfoAsync(Service);
        var identity = Assert.Single(info.Identities);
        Assert.Equal(("conference", "text"), (identity.Category, identity.Type));
        Assert.Contains("http://jabber.org/protocol/muc", info.Features);
        Assert.Contains("http://jabber.org/protocol/muc#stable_id", info.Features);
        Assert.Contains("urn:xmpp:occupant-id:0", info.Features);
    }

    [Fact]
    [Example(5, 6)]
    public async Task The_service_lists_public_rooms()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"heath@{Service}/x", "muc#roomconfig_roomname=A Lonely Heath");
        await crone.CreateAsync($"{Coven}/x", "muc#roomconfig_roomname=A Dark Cave", "muc#roomconfig_enablelogging=0");
        await crone.CreateAsync($"forres@{Service}/x", "muc#roomconfig_persistentroom=1");
        await crone.CreateAsync($"hidden@{Service}/x", "muc#roomconfig_publicroom=0");
        await crone.CreateAsync($"dark@{Service}/x", "muc#roomconfig_publicroom=0", "muc#roomconfig_enablelogging=0");
        await crone.EnterAsync($"locked@{Service}/x");

        Assert.Equal(
            [(Coven, "A Dark Cave"), ($"forres@{Service}", "forres"), ($"heath@{Service}", "A Lonely Heath")],
            (await crone.ItemsAsync(Service)).Items.Select(static item => (item.Jid.ToString(), item.Name)));
    }

    [Fact]
    [Example(7)]
    public async Task A_long_list_comes_by_pages()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
        {
            await crone.CreateAsync($"{name}@{Service}/x", name == "b" ? "muc#roomconfig_enablelogging=0" : "muc#roomconfig_persistentroom=1");
        }

        var names = new List<string>();
        string? last = "";
        while (last is not null)
        {
            var after = last.Length == 0 ? "" : $"<after>{last}</after>";
            var page = (await crone.IqAsync("get", Service, $"<query xmlns='http://jabber.org/protocol/disco#items'><set xmlns='http://jabber.org/protocol/rsm'><max>2</max>{after}</set></query>")).IsResult()!.Value;
            names.AddRange(Protocol.Extensions.DiscoItems.Parse(page).Items.Select(static item => item.Jid.Local!));
            last = page.Child("set", "http://jabber.org/protocol/rsm")?.Child("last", "http://jabber.org/protocol/rsm")?.Text;
        }

        Assert.Equal(["a", "b", "c", "d", "e"], names);
    }

    [Fact]
    [Example(8, 9, 10)]
    public async Task A_room_says_what_it_is()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server, "muc#roomconfig_roomname=A Dark Cave", "muc#roomconfig_roomdesc=The place for all good witches!");
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><subject>Spells</subject></message>");
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        var info = await stranger.InfoAsync(Coven);

        var identity = Assert.Single(info.Identities);
        Assert.Equal(("conference", "text", "A Dark Cave"), (identity.Category, identity.Type, identity.Name));
        Assert.Equal(
            ["muc_open", "muc_public", "muc_semianonymous", "muc_temporary", "muc_unmoderated", "muc_unsecured"],
            info.Features.Where(static feature => feature.StartsWith("muc_", StringComparison.Ordinal)));
        Assert.Contains("http://jabber.org/protocol/muc#stable_id", info.Features);
        var form = Assert.Single(info.Forms);
        Assert.Equal("http://jabber.org/protocol/muc#roominfo", form.FormType);
        Assert.Equal("The place for all good witches!", form.Text("muc#roominfo_description"));
        Assert.Equal("3", form.Text("muc#roominfo_occupants"));
        Assert.Equal("Spells", form.Text("muc#roominfo_subject"));
    }

    [Fact]
    public async Task A_room_says_what_it_has_become_and_keeps_a_closed_rooms_subject()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><subject>Spells</subject></message>");

        (await crone.ConfigureAsync(
            Coven, "muc#roomconfig_membersonly=1", "muc#roomconfig_moderatedroom=1", "muc#roomconfig_persistentroom=1", "muc#roomconfig_publicroom=0",
            "muc#roomconfig_whois=anyone", "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=x")).IsResult();

        var stranger = await server.LoginAsync("macbeth@example.org/castle");
        var info = await stranger.InfoAsync(Coven);
        Assert.Equal(
            ["muc_hidden", "muc_membersonly", "muc_moderated", "muc_nonanonymous", "muc_passwordprotected", "muc_persistent"],
            info.Features.Where(static feature => feature.StartsWith("muc_", StringComparison.Ordinal)));
        Assert.Null(info.Forms[0].Text("muc#roominfo_subject"));
        Assert.Equal("Spells", (await crone.InfoAsync(Coven)).Forms[0].Text("muc#roominfo_subject"));
    }

    [Fact]
    [Example(11, 12, 13)]
    public async Task Who_is_in_a_room_is_told_to_those_who_are()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        Assert.Empty((await stranger.ItemsAsync(Coven)).Items);
        Assert.Equal(
            [$"{Coven}/firstwitch", $"{Coven}/secondwitch", $"{Coven}/thirdwitch"],
            (await crone.ItemsAsync(Coven)).Items.Select(static item => item.Jid.ToString()));
    }

    // Backwards, and with what it says of the whole (XEP-0059 §2.5 to §2.7).
    [Fact]
    [Example(7)]
    public async Task A_page_says_where_it_is_and_can_be_the_last()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
        {
            await crone.CreateAsync($"{name}@{Service}/x", name == "b" ? "muc#roomconfig_enablelogging=0" : "muc#roomconfig_persistentroom=1");
        }

        await crone.CreateAsync($"bb@{Service}/x", "muc#roomconfig_publicroom=0", "muc#roomconfig_persistentroom=1");

        Assert.Equal("a,b 0 5", await PageAsync(crone, "<max>2</max>"));
        Assert.Equal("d,e 3 5", await PageAsync(crone, "<max>2</max><before/>"));
        Assert.Equal("b,c  5", await PageAsync(crone, $"<max>2</max><before>d@{Service}</before>"));
        Assert.Equal("c,d  5", await PageAsync(crone, $"<max>2</max><after>bb@{Service}</after>"));
        Assert.Equal("  5", await PageAsync(crone, "<max>0</max>"));
        Assert.Equal("  5", await PageAsync(crone, $"<after>e@{Service}</after>"));
        (await crone.IqAsync("get", Service, Set("<after>a@b@c</after>"))).IsError("item-not-found", "cancel");
        (await crone.IqAsync("get", Service, Set("<index>1</index>"))).IsError("feature-not-implemented", "cancel");
        (await crone.IqAsync("get", Service, Set("<max>x</max>"))).IsError("bad-request", "modify");
    }

    private static string Set(string content) => $"<query xmlns='http://jabber.org/protocol/disco#items'><set xmlns='http://jabber.org/protocol/rsm'>{content}</set></query>";

    private static async Task<string> PageAsync(TestClient client, string content)
    {
        var query = (await client.IqAsync("get", Service, Set(content))).IsResult()!.Value;
        var set = Protocol.Extensions.ResultSet.Parse(query.Child(Protocol.Extensions.ResultSet.Name)!.Value);
        return $"{string.Join(',', Protocol.Extensions.DiscoItems.Parse(query).Items.Select(static item => item.Jid.Local))} {set.FirstIndex} {set.Count}";
    }

    // §6.3, §6.4.
    [Fact]
    public async Task A_hidden_room_answers_who_knows_its_address()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server, "muc#roomconfig_publicroom=0", "muc#roomconfig_persistentroom=1");
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        Assert.Empty((await stranger.ItemsAsync(Service)).Items);
        Assert.Contains("muc_hidden", (await stranger.InfoAsync(Coven)).Features);
        Assert.Empty((await crone.ItemsAsync(Service)).Items);
    }

    // Each of the fields but the LDAP group, of which nothing is known.
    [Fact]
    [Example(10)]
    public async Task A_room_says_all_that_its_owner_says_of_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(
            server,
            "muc#roomconfig_roomdesc=The place for all good witches!",
            "muc#roominfo_contactjid=crone1@example.org",
            "muc#roomconfig_changesubject=1",
            "muc#roomconfig_lang=en",
            "muc#roominfo_logs=http://www.shakespeare.lit/chatlogs/coven/",
            "muc#maxhistoryfetch=50",
            "muc#roomconfig_pubsub=xmpp:pubsub.shakespeare.lit?;node=the-coven-node");
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><subject>Spells</subject></message>");

        var form = Assert.Single((await crone.InfoAsync(Coven)).Forms);

        Assert.Equal(
            [
                "muc#roominfo_description The place for all good witches!",
                "muc#roominfo_occupants 3",
                "muc#roominfo_subjectmod 1",
                "muc#roomconfig_changesubject 1",
                "muc#roomconfig_allowinvites 1",
                "muc#roomconfig_allowpm anyone",
                "muc#maxhistoryfetch 50",
                "muc#roominfo_slow_mode_duration 0",
                "muc#roominfo_changesubject 1",
                "muc#roominfo_contactjid crone1@example.org",
                "muc#roominfo_subject Spells",
                "muc#roominfo_lang en",
                "muc#roominfo_logs http://www.shakespeare.lit/chatlogs/coven/",
                "muc#roomconfig_pubsub xmpp:pubsub.shakespeare.lit?;node=the-coven-node",
            ],
            form.Fields.Skip(1).Select(static field => $"{field.Variable} {field.Value}"));
        Assert.All(form.Fields.Skip(1), static field => Assert.NotNull(field.Label));
    }

    // What its owner says of it stays when nobody is there.
    [Fact]
    public async Task Contacts_and_logs_are_kept()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(
            Coven, [Member("crone1@example.org", Protocol.Extensions.Muc.MucAffiliation.Owner)], "muc#roominfo_contactjid=crone1@example.org", "muc#roominfo_contactjid=hag66@example.org");
        var crone = await server.LoginAsync("crone1@example.org/desktop");

        Assert.Equal(["crone1@example.org", "hag66@example.org"], (await crone.InfoAsync(Coven)).Forms[0]["muc#roominfo_contactjid"]!.Values);
        (await crone.ConfigureAsync(Coven, [.. Enumerable.Range(0, 21).Select(static number => $"muc#roominfo_contactjid=witch{number}@example.org")])).IsError("not-acceptable", "modify");
    }

    // And the room has nothing to hide.
    [Fact]
    [Example(12)]
    public async Task Occupants_are_public_where_the_server_says_so()
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<Modules.Muc.MucOptions>(static options => options.ShowOccupants = true));
        var (crone, _, _) = await MessageTests.WitchesAsync(server, "muc#roomconfig_presencebroadcast=moderator");
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        Assert.Equal([$"{Coven}/firstwitch"], (await stranger.ItemsAsync(Coven)).Items.Select(static item => item.Jid.ToString()));
        (await crone.ConfigureAsync(Coven, "muc#roomconfig_publicroom=0")).IsResult();
        Assert.Empty((await stranger.ItemsAsync(Coven)).Items);
    }

    // A client answers for itself; the server tells of nobody's rooms.
    [Fact]
    [Example(16, 17)]
    public async Task Which_rooms_a_user_is_in_is_his_client_to_say()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        const string node = "http://jabber.org/protocol/muc#rooms";

        await crone.SendAsync($"<iq type='get' id='gp7w61v3' to='wiccarocks@example.org/laptop'><query xmlns='http://jabber.org/protocol/disco#items' node='{node}'/></iq>");
        var request = await wicca.ReceiveAsync(static element => element.LocalName == "iq");
        Assert.Equal(node, request.Child("query", "http://jabber.org/protocol/disco#items")?.Attribute("node"));
        await wicca.SendAsync($"<iq type='result' id='gp7w61v3' to='crone1@example.org/desktop'><query xmlns='http://jabber.org/protocol/disco#items' node='{node}'><item jid='{Coven}' name='secondwitch'/></query></iq>");
        var items = Protocol.Extensions.DiscoItems.Parse((await crone.ReceiveAsync(static element => element.LocalName == "iq")).IsResult()!.Value);
        Assert.Equal((Coven, "secondwitch"), (items.Items[0].Jid.ToString(), items.Items[0].Name));

        Assert.Empty((await wicca.ItemsAsync("wiccarocks@example.org", node)).Items);
        Assert.Empty((await crone.ItemsAsync("wiccarocks@example.org", node)).Items);
    }

    [Fact]
    [Example(77, 78)]
    public async Task A_user_finds_his_reserved_nickname()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("hag66@example.org", Protocol.Extensions.Muc.MucAffiliation.Member, "thirdwitch")]);
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");

        Assert.Equal("thirdwitch", Assert.Single((await hag.InfoAsync(Coven, "x-roomuser-item")).Identities).Name);
        Assert.Empty((await wicca.InfoAsync(Coven, "x-roomuser-item")).Identities);
    }

    // §17.2.
    [Fact]
    [Example(218, 220)]
    public async Task What_is_not_there_is_not_found()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);

        (await crone.AskInfoAsync(Coven, "http://jabber.org/protocol/muc#traffic")).IsError("service-unavailable", "cancel");
        (await crone.AskInfoAsync(Coven, "nowhere")).IsError("item-not-found", "cancel");
        (await crone.AskInfoAsync($"nowhere@{Service}")).IsError("item-not-found", "cancel");
        (await crone.IqAsync("get", Coven, "<query xmlns='urn:x'/>")).IsError("service-unavailable", "cancel");
        (await crone.IqAsync("get", Service, "<query xmlns='urn:x'/>")).IsError("service-unavailable", "cancel");
        await crone.SendAsync($"<message to='{Service}'><body>Hail</body></message>");
        (await crone.MessageAsync()).IsError("service-unavailable", "cancel");
    }
}
