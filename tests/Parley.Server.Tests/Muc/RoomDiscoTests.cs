using Parley.Server.Tests.Discovery;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Finding services and rooms, and what they are (XEP-0045 §6.1 to §6.5, §7.12, §14.1.1).</summary>
public sealed class RoomDiscoTests
{
    // Examples 1 to 4.
    [Fact]
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

    // Examples 5 and 6.
    [Fact]
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

    // Example 7.
    [Fact]
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

    // Examples 8 to 10.
    [Fact]
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

        var info = await crone.InfoAsync(Coven);
        Assert.Equal(
            ["muc_hidden", "muc_membersonly", "muc_moderated", "muc_nonanonymous", "muc_passwordprotected", "muc_persistent"],
            info.Features.Where(static feature => feature.StartsWith("muc_", StringComparison.Ordinal)));
        Assert.Null(info.Forms[0].Text("muc#roominfo_subject"));
    }

    // Examples 11 to 13.
    [Fact]
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

    // Examples 73 and 74.
    [Fact]
    public async Task A_user_finds_his_reserved_nickname()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("hag66@example.org", Protocol.Extensions.Muc.MucAffiliation.Member, "thirdwitch")]);
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");

        Assert.Equal("thirdwitch", Assert.Single((await hag.InfoAsync(Coven, "x-roomuser-item")).Identities).Name);
        Assert.Empty((await wicca.InfoAsync(Coven, "x-roomuser-item")).Identities);
    }

    // Example 196; §16.2.
    [Fact]
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
