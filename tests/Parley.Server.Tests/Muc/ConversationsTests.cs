using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Tests.Archive;
using Parley.Server.Tests.Discovery;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Archive.ArchiveClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>What Conversations (2.12.8) sends for a private group and for a public channel: every request has its answer, and the answers have what it reads in them.</summary>
public sealed class ConversationsTests
{
    private const string Group = "gehimu.tafe@conference.example.org";
    private const string Owner = "http://jabber.org/protocol/muc#owner";
    private const string Capabilities = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://conversations.im' ver='yPxAkSCi0ahMXKJIyBA2z6fAUUM='/>";
    private const string FirstHistory = "<history since='1970-01-01T00:00:00.000Z'/>";

    // Fields that it knows of other servers stand in no form of this one, so they are not sent: it fills in what it is given.
    private static readonly Dictionary<string, string> PrivateGroup = new(StringComparer.Ordinal)
    {
        ["muc#roomconfig_persistentroom"] = "1",
        ["muc#roomconfig_membersonly"] = "1",
        ["muc#roomconfig_publicroom"] = "0",
        ["muc#roomconfig_whois"] = "anyone",
        ["muc#roomconfig_changesubject"] = "0",
        ["muc#roomconfig_allowinvites"] = "0",
        ["muc#roomconfig_enablearchiving"] = "1",
        ["mam"] = "1",
        ["muc#roomconfig_mam"] = "1",
        ["muc#roomconfig_roomname"] = "Hiking",
    };

    private static readonly Dictionary<string, string> Channel = new(StringComparer.Ordinal)
    {
        ["muc#roomconfig_persistentroom"] = "1",
        ["muc#roomconfig_membersonly"] = "0",
        ["muc#roomconfig_publicroom"] = "1",
        ["muc#roomconfig_whois"] = "moderators",
        ["muc#roomconfig_changesubject"] = "0",
        ["muc#roomconfig_enablearchiving"] = "1",
        ["mam"] = "1",
        ["muc#roomconfig_mam"] = "1",
        ["muc#roomconfig_roomname"] = "Hikers",
    };

    [Theory]
    [InlineData(Transport.DirectTls)]
    [InlineData(Transport.WebSocket)]
    public async Task A_private_group_is_made_with_its_members_and_they_find_each_other(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/Conversations.aaaa", transport);
        var tablet = await server.LoginAsync("alice@example.org/Conversations.tttt", transport);
        var bob = await server.LoginAsync("bob@example.org/Conversations.bbbb", transport);
        foreach (var client in new[] { alice, tablet, bob })
        {
            await client.SendAsync($"<presence>{Capabilities}</presence>");
        }

        await CreateAsync(alice, Group, PrivateGroup);
        await tablet.ReceiveAllAsync();

        // The others by way of the room, which makes them members; its own other clients directly, as messages that nobody keeps.
        await alice.SendAsync($"<message to='{Group}'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='bob@example.org'/></x></message>");
        await alice.SendAsync($"<message to='{tablet.Jid}' type='normal'><x xmlns='jabber:x:conference' jid='{Group}'/><no-store xmlns='urn:xmpp:hints'/><no-copy xmlns='urn:xmpp:hints'/></message>");
        var invited = await bob.MessageAsync();
        Assert.Equal((Group, alice.BareJid), (invited.Attribute("from"), invited.Child(MucUser.Name)?.Child(MucUser.Invite)?.Attribute("from")));
        Assert.Equal(Group, (await tablet.MessageAsync()).Child("x", "jabber:x:conference")?.Attribute("jid"));

        await EnterAsync(tablet, Group, "alice");
        await EnterAsync(bob, Group, "bob");
        Assert.Equal(["member bob@example.org"], await AffiliatedAsync(bob, "member"));
        Assert.Empty(await AffiliatedAsync(bob, "admin"));
        Assert.Equal(["owner alice@example.org"], await AffiliatedAsync(bob, "owner"));
    }

    [Fact]
    public async Task A_groups_disco_says_what_may_be_done_in_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/Conversations.aaaa");
        await CreateAsync(alice, Group, PrivateGroup);

        var info = await alice.InfoAsync(Group);

        foreach (var feature in new[] { "muc_membersonly", "muc_nonanonymous", "muc_unmoderated", "urn:xmpp:mam:2", "vcard-temp", "http://jabber.org/protocol/muc#stable_id", "urn:xmpp:occupant-id:0" })
        {
            Assert.Contains(feature, info.Features);
        }

        Assert.Equal("Hiking", info.Identities[0].Name);
        var form = info.Forms[0];
        Assert.Equal(
            ("http://jabber.org/protocol/muc#roominfo", null, "0", "anyone"),
            (form.FormType, form.Text("muc#roominfo_changesubject"), form.Text("muc#roomconfig_allowinvites"), form.Text("muc#roomconfig_allowpm")));

        // The switches of its screen for a group: each is the form again, with that one value.
        await ConfigureAsync(alice, Group, new() { ["muc#roomconfig_changesubject"] = "1", ["muc#roomconfig_allowinvites"] = "1" });
        form = (await alice.InfoAsync(Group)).Forms[0];
        Assert.Equal(("1", "1"), (form.Text("muc#roominfo_changesubject"), form.Text("muc#roomconfig_allowinvites")));
        Assert.Contains("muc_membersonly", (await alice.InfoAsync(Group)).Features);
    }

    [Fact]
    public async Task Who_was_away_comes_back_without_history_and_reads_the_archive()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (alice, bob) = await TwoAsync(server);
        await alice.SendAsync($"<message type='groupchat' to='{Group}' id='1'><body>seen</body><markable xmlns='urn:xmpp:chat-markers:0'/><origin-id xmlns='urn:xmpp:sid:0' id='1'/></message>");
        var seen = (await bob.MessageAsync()).StanzaId(Group);
        await bob.SendAsync($"<message type='groupchat' to='{Group}' id='2'><displayed xmlns='urn:xmpp:chat-markers:0' id='{seen}'/><store xmlns='urn:xmpp:hints'/></message>");
        await bob.BarrierAsync();
        await bob.SendAsync($"<presence from='{bob.Jid}' to='{Group}/bob' type='unavailable'/>");
        await bob.BarrierAsync();
        await bob.ReceiveAllAsync();
        for (var i = 0; i < 3; i++)
        {
            await alice.SendAsync($"<message type='groupchat' to='{Group}'><body>missed {i}</body></message>");
        }

        await alice.SendAsync($"<message type='groupchat' to='{Group}' from='alice@example.org'><subject>Saturday</subject></message>");
        await alice.BarrierAsync();

        var entry = await EnterAsync(bob, Group, "bob");
        Assert.Empty(entry.History);
        Assert.Equal("Saturday", entry.Subject.Child("subject", "jabber:client")?.Text);
        var page = await bob.AskAsync(Query("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field></x>"
            + $"<set xmlns='http://jabber.org/protocol/rsm'><after>{seen}</after><max>50</max></set>", "queryid='q'"), Group);
        Assert.Equal(["missed 0", "missed 1", "missed 2"], page.Bodies.Where(static body => body is not null));
        Assert.True(page.Fin.IsComplete);

        // Backwards, from a time on: what it does where it knows no id.
        var start = server.Time.GetUtcNow().AddHours(-1).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture);
        page = await bob.AskAsync(Query($"{Form($"start={start}")}<set xmlns='http://jabber.org/protocol/rsm'><before/><max>50</max></set>", "queryid='r'"), Group);
        Assert.Equal(["seen", "missed 0", "missed 1", "missed 2"], page.Bodies.Where(static body => body is not null));
    }

    [Fact]
    public async Task Members_are_renamed_banned_and_pinged_and_the_group_ends()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (alice, bob) = await TwoAsync(server);
        Assert.Null((await bob.IqAsync("get", $"{Group}/bob", "<ping xmlns='urn:xmpp:ping'/>")).IsResult());

        await bob.SendAsync($"<presence to='{Group}/Robert'>{Capabilities}</presence>");
        await alice.PresenceAsync($"{Group}/bob");
        await alice.PresenceAsync($"{Group}/Robert");

        // To ban is two requests: the affiliation of the user, and the role of the nickname, who by then is gone.
        (await alice.IqAsync("set", Group, "<query xmlns='http://jabber.org/protocol/muc#admin'><item jid='bob@example.org' affiliation='outcast'/></query>")).IsResult();
        Assert.Contains(301, (await bob.PresenceAsync($"{Group}/Robert")).User().Statuses.Concat((await bob.PresenceAsync($"{Group}/Robert")).User().Statuses));
        (await alice.IqAsync("set", Group, "<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Robert' role='none'/></query>")).IsError("item-not-found", "cancel");

        // It enters again on every error but these: service-unavailable, feature-not-implemented, item-not-found.
        (await bob.IqAsync("get", $"{Group}/Robert", "<ping xmlns='urn:xmpp:ping'/>")).IsError("not-acceptable", "cancel");

        (await alice.IqAsync("set", Group, $"<query xmlns='{Owner}'><destroy/></query>")).IsResult();
        (await alice.IqAsync("get", Group, "<query xmlns='http://jabber.org/protocol/disco#info'/>")).IsError("item-not-found", "cancel");
    }

    [Fact]
    public async Task A_group_has_a_picture_by_its_vcard()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (alice, bob) = await TwoAsync(server);
        const string photo = "<PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgo=</BINVAL></PHOTO>";

        // It goes on where there is none yet.
        (await alice.IqAsync("get", Group, "<vCard xmlns='vcard-temp'/>")).IsError("item-not-found", "cancel");
        (await alice.IqAsync("set", Group, $"<vCard xmlns='vcard-temp'>{photo}</vCard>")).IsResult();

        var update = (await bob.PresenceAsync(Group)).Child("x", "vcard-temp:x:update")!.Value;
        Assert.Equal(40, update.Child("photo", "vcard-temp:x:update")?.Text.Length);
        var card = (await bob.IqAsync("get", Group, "<vCard xmlns='vcard-temp'/>")).IsResult()!.Value;
        Assert.Equal("iVBORw0KGgo=", card.Child("PHOTO", "vcard-temp")?.Child("BINVAL", "vcard-temp")?.Text);
    }

    [Fact]
    public async Task A_channel_with_a_password_is_bookmarked_and_its_invitation_has_the_password()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/Conversations.aaaa");
        var bob = await server.LoginAsync("bob@example.org/Conversations.bbbb");
        await bob.PresenceAsync();
        var channel = $"hikers@{Service}";
        await CreateAsync(alice, channel, Channel);
        (await alice.ConfigureAsync(channel, "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=boots")).IsResult();
        Assert.Contains("muc_open", (await bob.InfoAsync(channel)).Features);

        await alice.SendAsync($"<message to='bob@example.org' type='normal'><x xmlns='jabber:x:conference' jid='{channel}' password='boots'/></message>");
        var invitation = (await bob.MessageAsync()).Child("x", "jabber:x:conference")!.Value;
        Assert.Equal(channel, invitation.Attribute("jid"));
        await bob.SendAsync($"<presence to='{channel}/bob'>{Capabilities}{Enter(FirstHistory)}</presence>");
        (await bob.PresenceAsync($"{channel}/bob")).IsError("not-authorized", "auth");
        await bob.SendAsync($"<presence to='{channel}/bob'>{Capabilities}{Enter($"<password>{invitation.Attribute("password")}</password><history maxchars='0'/>")}</presence>");
        Assert.Contains(110, (await bob.PresenceAsync($"{channel}/bob")).User().Statuses);

        // It keeps bookmarks in private storage where the account does not say that it has those of XEP-0402.
        Assert.DoesNotContain(await AccountFeaturesAsync(bob), static feature => feature.StartsWith("urn:xmpp:bookmarks", StringComparison.Ordinal));
        var bookmark = $"<conference xmlns='storage:bookmarks' jid='{channel}' autojoin='true' name='Hikers'><nick>bob</nick><password>boots</password></conference>";
        (await bob.IqAsync("set", null, $"<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>{bookmark}</storage></query>")).IsResult();
        var kept = (await bob.IqAsync("get", null, "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>")).IsResult()!.Value;
        var found = kept.Child("storage", "storage:bookmarks")!.Value.Child("conference", "storage:bookmarks")!.Value;
        Assert.Equal((channel, "true"), (found.Attribute("jid"), found.Attribute("autojoin")));
    }

    private static async Task<(TestClient Alice, TestClient Bob)> TwoAsync(XmppTestServer server)
    {
        var alice = await server.LoginAsync("alice@example.org/Conversations.aaaa");
        var bob = await server.LoginAsync("bob@example.org/Conversations.bbbb");
        await bob.PresenceAsync();
        await CreateAsync(alice, Group, PrivateGroup);
        await alice.SendAsync($"<message to='{Group}'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='bob@example.org'/></x></message>");
        await bob.MessageAsync();
        await EnterAsync(bob, Group, "bob");
        await alice.ReceiveAllAsync();
        return (alice, bob);
    }

    // It looks for the room, enters it, and asks for the form, which it does not wait to have entered for.
    private static async Task CreateAsync(TestClient client, string room, Dictionary<string, string> values)
    {
        (await client.IqAsync("get", room, "<query xmlns='http://jabber.org/protocol/disco#info'/>")).IsError("item-not-found", "cancel");
        await client.SendAsync($"<presence to='{room}/alice'>{Capabilities}{Enter(FirstHistory)}</presence>");
        await client.SendAsync($"<iq type='get' id='form' to='{room}'><query xmlns='{Owner}'/></iq>");
        var own = await client.PresenceAsync($"{room}/alice");
        Assert.Equal("owner moderator 110 170 201", own.Says());
        var form = await client.ReceiveAsync(static element => element.LocalName == "iq" && element.Attribute("id") == "form");
        await SubmitAsync(client, room, form, values);
    }

    private static async Task ConfigureAsync(TestClient client, string room, Dictionary<string, string> values) =>
        await SubmitAsync(client, room, await client.IqAsync("get", room, $"<query xmlns='{Owner}'/>"), values);

    // The whole form comes back with all that it had, but for the options.
    private static async Task SubmitAsync(TestClient client, string room, XmlElement answer, Dictionary<string, string> values)
    {
        var fields = DataForm.In(answer.IsResult()!.Value)!.Fields.Select(field =>
            $"<field var='{field.Variable}' type='{field.Type switch { DataFormFieldType.Hidden => "hidden", DataFormFieldType.Boolean => "boolean", DataFormFieldType.ListSingle => "list-single", _ => "text-single" }}' label='x'>"
            + string.Concat((values.TryGetValue(field.Variable!, out var value) ? [value] : field.Values).Select(static text => $"<value>{text}</value>")) + "</field>");
        (await client.IqAsync("set", room, $"<query xmlns='{Owner}'><x xmlns='jabber:x:data' type='submit'><title>x</title>{string.Concat(fields)}</x></query>")).IsResult();
    }

    // It asks what the room is, enters, and then asks for its archive, or takes the history where there is none.
    private static async Task<Entry> EnterAsync(TestClient client, string room, string nickname)
    {
        var history = (await client.InfoAsync(room)).Features.Contains("urn:xmpp:mam:2") ? "<history maxchars='0'/>" : FirstHistory;
        return await client.EnterAsync($"{room}/{nickname}", history, Capabilities);
    }

    private static async Task<IEnumerable<string>> AffiliatedAsync(TestClient client, string affiliation)
    {
        var answer = (await client.IqAsync("get", Group, $"<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='{affiliation}'/></query>")).IsResult()!.Value;
        var items = new List<string>();
        foreach (var child in answer.Children)
        {
            items.Add($"{child.Attribute("affiliation")} {child.Attribute("jid")}");
        }

        return items;
    }

    private static async Task<IReadOnlyList<string>> AccountFeaturesAsync(TestClient client) => [.. (await client.InfoAsync(client.BareJid)).Features];
}
