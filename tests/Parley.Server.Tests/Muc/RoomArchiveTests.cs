using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Modules.Muc;
using Parley.Server.Storage;
using Parley.Server.Tests.Archive;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Archive.ArchiveClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>The archives of rooms (XEP-0313 §3.1.2, §6.1.2).</summary>
public class RoomArchiveTests
{
    private static readonly XmlName User = MucUser.Name;

    /// <summary>A server with the storage of these tests.</summary>
    protected virtual Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => XmppTestServer.StartAsync(options);

    // "Server returns MUC messages".
    [Fact]
    public async Task What_was_said_comes_once_from_the_authors_address_in_the_room_and_to_nobody()
    {
        await using var server = await StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        await SayAsync(crone, "Thrice the brinded cat hath mew'd.");
        await crone.MessageAsync();
        await SayAsync(wicca, "Thrice and once the hedge-pig whined.");
        var live = (await hag.AfterAsync(wicca)).Select(static message => message.StanzaId(Coven)).ToArray();

        var page = await hag.AskAsync(Query(attributes: "queryid='g27'"), Coven);

        Assert.Equal(["Thrice the brinded cat hath mew'd.", "Thrice and once the hedge-pig whined."], page.Bodies);
        Assert.Equal(live, page.Ids);
        Assert.Equal(new ArchiveFin(new ResultSet(live[0], live[1], 0, 2), IsComplete: true), page.Fin);
        Assert.All(page.Results, static result => Assert.Equal("g27", result.QueryId));
        var first = page.Results[0].Forwarded.Stanza;
        Assert.Equal($"{Coven}/firstwitch", first.From?.ToString());
        Assert.Null(first.To);
        Assert.Equal(Parley.Protocol.Stanzas.StanzaType.GroupChat, first.Type);
        Assert.NotNull(first.Child(OccupantId.Name));
        Assert.Null(first.Child(StanzaId.Name));
        Assert.NotNull(page.Results[0].Forwarded.Delay);
    }

    // §6.1.2: real addresses are for those who may know them at the time of the query.
    [Fact]
    public async Task Real_addresses_are_for_moderators_alone_unless_everybody_sees_them()
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        await SayAsync(hag, "Harpier cries.");
        await crone.AfterAsync(hag);
        await hag.ReceiveAllAsync();

        Assert.Equal("none participant hag66@example.org/pda", Author(await crone.AskAsync(Query(), Coven)));
        Assert.Null(Author(await hag.AskAsync(Query(), Coven)));

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_whois=anyone")).IsResult();
        await hag.ReceiveAllAsync();
        Assert.Equal("none participant hag66@example.org/pda", Author(await hag.AskAsync(Query(), Coven)));

        static string? Author(Page page) =>
            Assert.Single(page.Results).Forwarded.Stanza.Child(User) is not { } x ? null
            : MucUser.Parse(x).About is { } item ? $"{MucNames.Of(item.Affiliation!.Value)} {MucNames.Of(item.Role!.Value)} {item.Jid}" : "";
    }

    // §8.4: what claims to be the room's word is not kept.
    [Fact]
    public async Task A_forged_author_is_not_kept()
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><x xmlns='{MucUser.Namespace}'><item jid='forged@example.org'/></x><body>x</body></message>");
        await crone.AfterAsync(hag);

        var page = await crone.AskAsync(Query(), Coven);

        Assert.DoesNotContain("forged", System.Text.Encoding.UTF8.GetString(page.Results[0].Forwarded.Stanza.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subjects_are_kept_and_private_messages_chat_states_and_what_is_refused_are_not()
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><subject>Refused</subject></message>");
        await hag.SendAsync($"<message type='chat' to='{Coven}/firstwitch'><body>Private</body></message>");
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Secret</body><no-store xmlns='urn:xmpp:hints'/></message>");
        await crone.AfterAsync(hag);
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><subject>Fire Burn and Cauldron Bubble!</subject></message>");
        var subject = await crone.MessageAsync();

        var page = await crone.AskAsync(Query(), Coven);

        var kept = Assert.Single(page.Results);
        Assert.Equal("Fire Burn and Cauldron Bubble!", kept.Forwarded.Stanza.Child(new XmlName("subject", "jabber:client"))?.Text);
        Assert.Equal(subject.StanzaId(Coven), kept.Id);
        var late = await server.LoginAsync("late@example.org/pda");
        Assert.Empty((await late.EnterAsync($"{Coven}/late")).History);
    }

    [Theory]
    [InlineData("", "0 1 2 3 4", false, 0)]
    [InlineData("<max>2</max>", "0 1", false, 0)]
    [InlineData("<max>2</max><after>{1}</after>", "2 3", false, 2)]
    [InlineData("<max>2</max><after>{3}</after>", "4", true, 4)]
    [InlineData("<max>2</max><before/>", "3 4", false, null)]
    [InlineData("<max>2</max><before>{2}</before>", "0 1", true, null)]
    [InlineData("<max>2</max><index>2</index>", "2 3", false, 2)]
    public async Task Pages_are_those_that_were_asked_for(string set, string expected, bool isComplete, int? index)
    {
        await using var server = await StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        var ids = await SayAllAsync(crone, 5);
        for (var i = 0; i < ids.Length; i++)
        {
            set = set.Replace($"{{{i}}}", ids[i], StringComparison.Ordinal);
        }

        var page = await crone.AskAsync(Query($"<set xmlns='{ResultSet.Namespace}'>{set}</set>"), Coven);

        Assert.Equal(expected.Split(' '), page.Bodies);
        Assert.Equal(new ResultSet(page.Ids.First(), page.Ids.Last(), index, 5), page.Fin.Page);
        Assert.Equal(isComplete || set.Length == 0, page.Fin.IsComplete);
    }

    [Theory]
    [InlineData("with=coven@conference.example.org/thirdwitch", "h1 h2")]
    [InlineData("with=coven@conference.example.org", "c1 h1 c2 h2")]
    [InlineData("with=hag66@example.org", "")]
    [InlineData("start={1}", "h1 c2 h2")]
    [InlineData("end={1}", "c1 h1")]
    [InlineData("after-id={2}", "h2")]
    [InlineData("before-id={2}", "c1 h1")]
    [InlineData("ids={0}", "c1")]
    [InlineData("{urn:xmpp:fulltext:0}fulltext=H2", "h2")]
    [InlineData("include-groupchat=false", "c1 h1 c2 h2")]
    public async Task Every_condition_holds(string field, string expected)
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var ids = new List<string>();
        var times = new List<string>();
        foreach (var (client, body) in new[] { (crone, "c1"), (hag, "h1"), (crone, "c2"), (hag, "h2") })
        {
            times.Add(DateTimeProfile.Format(server.Time.GetUtcNow()));
            await SayAsync(client, body);
            ids.Add((await crone.MessageAsync()).StanzaId(Coven)!);
            server.Time.Advance(TimeSpan.FromMinutes(1));
        }

        await crone.ReceiveAllAsync();
        for (var i = 0; i < ids.Count; i++)
        {
            field = field.Replace($"{{{i}}}", field.Contains("id", StringComparison.Ordinal) ? ids[i] : times[i], StringComparison.Ordinal);
        }

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), (await crone.AskAsync(Query(Form(field)), Coven)).Bodies);
    }

    [Fact]
    public async Task A_page_may_come_newest_first()
    {
        await using var server = await StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        await SayAllAsync(crone, 3);

        Assert.Equal(["2", "1", "0"], (await crone.AskAsync(Query("<flip-page/>"), Coven)).Bodies);
    }

    [Fact]
    public async Task Form_and_metadata_are_told_to_whoever_may_read()
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        Assert.Equal(new ArchiveMetadata(null, null), await MetadataAsync(hag));
        var ids = await SayAllAsync(crone, 2);
        await hag.ReceiveAllAsync();

        var metadata = await MetadataAsync(hag);
        var form = DataForm.In((await hag.IqAsync("get", Coven, Query())).IsResult()!.Value)!;

        Assert.Equal((ids[0], ids[1]), (metadata.Start?.Id, metadata.End?.Id));
        Assert.Equal(
            ["FORM_TYPE", "with", "start", "end", "before-id", "after-id", "ids", "{urn:xmpp:fulltext:0}fulltext"],
            form.Fields.Select(static field => field.Variable));

        static async Task<ArchiveMetadata> MetadataAsync(TestClient client) =>
            ArchiveMetadata.Parse((await client.IqAsync("get", Coven, "<metadata xmlns='urn:xmpp:mam:2'/>")).IsResult()!.Value);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("muc#roomconfig_enablelogging=0", false)]
    public async Task A_room_that_keeps_an_archive_says_so(string field, bool isKept)
    {
        await using var server = await StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch", field.Length == 0 ? [] : [field]);

        var info = DiscoInfo.Parse((await crone.IqAsync("get", Coven, "<query xmlns='http://jabber.org/protocol/disco#info'/>")).IsResult()!.Value);

        foreach (var feature in new[] { "urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:fulltext:0", "http://jabber.org/protocol/rsm" })
        {
            Assert.Equal(isKept, info.Features.Contains(feature));
        }

        Assert.DoesNotContain("urn:xmpp:mam:2#groupchat-field", info.Features);
        if (!isKept)
        {
            (await crone.IqAsync("set", Coven, Query())).IsError("service-unavailable", "cancel");
        }
    }

    // §6.1.2, §8.1.
    [Theory]
    [InlineData(MucAffiliation.None, true)]
    [InlineData(MucAffiliation.Outcast, false)]
    [InlineData(MucAffiliation.None, false, "muc#roomconfig_membersonly=1")]
    [InlineData(MucAffiliation.Member, true, "muc#roomconfig_membersonly=1")]
    [InlineData(MucAffiliation.Admin, true, "muc#roomconfig_membersonly=1")]
    [InlineData(MucAffiliation.None, false, "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn")]
    [InlineData(MucAffiliation.Member, true, "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn")]
    public async Task Whoever_may_enter_may_read_in_the_room_or_not(MucAffiliation affiliation, bool mayRead, params string[] fields)
    {
        await using var server = await StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("hag66@example.org", affiliation, "hag")], fields);
        var hag = await server.LoginAsync("hag66@example.org/pda");

        foreach (var (type, payload) in new[] { ("set", Query()), ("get", Query()), ("get", "<metadata xmlns='urn:xmpp:mam:2'/>") })
        {
            var answer = await hag.IqAsync(type, Coven, payload);
            if (mayRead)
            {
                answer.IsResult();
            }
            else
            {
                answer.IsError("forbidden", "auth");
            }
        }
    }

    [Fact]
    public async Task In_a_room_with_a_password_its_occupants_read()
    {
        await using var server = await StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await hag.EnterAsync($"{Coven}/thirdwitch", "<password>cauldronburn</password>");
        await SayAsync(hag, "x");
        await hag.MessageAsync();

        Assert.Equal(["x"], (await hag.AskAsync(Query(), Coven)).Bodies);
    }

    // Who was away finds what he missed, without entering.
    [Fact]
    public async Task A_member_who_was_away_catches_up()
    {
        await using var server = await StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server, "muc#roomconfig_persistentroom=1");
        var seen = (await SayAllAsync(crone, 1))[0];
        await wicca.DisposeAsync();
        await SayAllAsync(crone, 2);
        var again = await server.LoginAsync("wiccarocks@example.org/laptop");

        Assert.Equal(["0", "1"], (await again.AskAsync(Query(Form($"after-id={seen}")), Coven)).Bodies);
    }

    [Theory]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='start'><value>yesterday</value></field></x>", "bad-request", "modify")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='withtext'><value>x</value></field></x>", "feature-not-implemented", "cancel")]
    [InlineData("<set xmlns='http://jabber.org/protocol/rsm'><after>0000000000000001</after></set>", "item-not-found", "cancel")]
    [InlineData("<set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set>", "bad-request", "modify")]
    public async Task A_query_that_makes_no_sense_is_refused_as_with_accounts(string content, string condition, string type)
    {
        await using var server = await StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);

        (await crone.IqAsync("set", Coven, Query(content))).IsError(condition, type);
    }

    [Fact]
    public async Task A_room_that_is_not_there_has_no_archive_and_none_offers_preferences()
    {
        await using var server = await StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        (await crone.IqAsync("set", Coven, Query())).IsError("item-not-found", "cancel");
        await crone.CreateAsync($"{Coven}/firstwitch");

        (await crone.IqAsync("get", Coven, "<prefs xmlns='urn:xmpp:mam:2'/>")).IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task A_room_that_ends_takes_its_archive_along()
    {
        await using var server = await StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        await SayAllAsync(crone, 2);
        Assert.NotNull(await server.Get<IArchiveStore>().BoundsAsync(Jid.Parse(Coven), CancellationToken.None));

        await crone.SendAsync($"<presence type='unavailable' to='{Coven}/firstwitch'/>");
        await crone.BarrierAsync();

        Assert.Null(await server.Get<IArchiveStore>().BoundsAsync(Jid.Parse(Coven), CancellationToken.None));
        await crone.CreateAsync($"{Coven}/firstwitch");
        Assert.Empty((await crone.AskAsync(Query(), Coven)).Results);
    }

    [Fact]
    public async Task Retention_covers_rooms()
    {
        await using var server = await StartAsync(static options => options.ArchiveLimits[Service] = new ArchiveLimits { MaxMessages = 2 });
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        await SayAllAsync(crone, 5);

        server.Time.Advance(TimeSpan.FromHours(1));
        await SweptAsync(server);

        Assert.Equal(["3", "4"], (await crone.AskAsync(Query(), Coven)).Bodies);
    }

    [Fact]
    public async Task Somebody_of_another_server_reads_too()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" });
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        await SayAllAsync(crone, 2);
        var far = await server.ComponentAsync("far.example.net");

        await far.SendAsync($"<iq id='q' type='set' from='a@far.example.net/x' to='{Coven}'>{Query()}</iq>");

        Assert.Equal("0", Body(await far.MessageAsync()));
        Assert.Equal("1", Body(await far.MessageAsync()));
        Assert.Equal("q", (await far.ReceiveAsync(static element => element.LocalName == "iq")).Attribute("id"));

        static string? Body(XmlElement message) => message.Child("result", "urn:xmpp:mam:2")?.Child(Forwarded.Name)?.Child("message", "jabber:client")?.Body();
    }

    private static Task SayAsync(TestClient client, string body) => client.SendAsync($"<message type='groupchat' to='{Coven}'><body>{body}</body></message>");

    /// <summary>Says numbers, and returns their ids in the archive.</summary>
    private static async Task<string[]> SayAllAsync(TestClient client, int count)
    {
        var ids = new string[count];
        for (var i = 0; i < count; i++)
        {
            await SayAsync(client, $"{i}");
            ids[i] = (await client.MessageAsync()).StanzaId(Coven)!;
        }

        await client.ReceiveAllAsync();
        return ids;
    }

    // The sweep of a database takes its time.
    private static async Task SweptAsync(XmppTestServer server)
    {
        while ((await server.Get<IArchiveStore>().ReadAsync(new ArchiveQuery(Jid.Parse(Coven)), new ArchivePaging(10), CancellationToken.None)).Messages.Count > 2)
        {
            await Task.Yield();
        }
    }
}
