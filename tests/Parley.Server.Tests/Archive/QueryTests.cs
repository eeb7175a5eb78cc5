using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Archive.ArchiveClient;

namespace Parley.Server.Tests.Archive;

public class QueryTests
{
    /// <summary>A server with the storage of these tests.</summary>
    protected virtual Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => XmppTestServer.StartAsync(options);

    [Fact]
    public async Task Without_conditions_everything_comes_in_order_and_then_the_end()
    {
        await using var server = await StartAsync();
        var (juliet, romeo) = await TalkAsync(server, "1", "2", "3");
        await juliet.SayAsync("romeo@example.org", "4");

        var page = await juliet.AskAsync(Query(attributes: "queryid='f27'"));

        Assert.Equal(["1", "2", "3", "4"], page.Bodies);
        Assert.All(page.Results, static result => Assert.Equal("f27", result.QueryId));
        Assert.Equal(page.Ids.Order(StringComparer.Ordinal), page.Ids);
        Assert.Equal(new ArchiveFin(new ResultSet(page.Results[0].Id, page.Results[3].Id, 0, 4), IsComplete: true), page.Fin);
        Assert.Equal(page.Ids, (await romeo.ArchiveAsync()).Ids);
    }

    [Fact]
    public async Task An_empty_archive_has_an_empty_page_and_empty_metadata()
    {
        await using var server = await StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        var page = await juliet.AskAsync(Query());

        Assert.Empty(page.Results);
        Assert.Equal(new ArchiveFin(new ResultSet(Count: 0), IsComplete: true), page.Fin);
        Assert.Equal(new ArchiveMetadata(null, null), await MetadataAsync(juliet));
    }

    [Fact]
    public async Task Metadata_tell_the_first_and_the_last_message()
    {
        await using var server = await StartAsync();
        var (juliet, romeo) = await TalkAsync(server, "1", "2");
        server.Time.Advance(TimeSpan.FromMinutes(1));
        await romeo.SayAsync("juliet@example.org", "3");

        var ids = (await juliet.ArchiveAsync()).Ids.ToArray();

        Assert.Equal(
            new ArchiveMetadata(new(ids[0], new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero)), new(ids[2], new(2026, 1, 1, 12, 1, 0, TimeSpan.Zero))),
            await MetadataAsync(juliet));
    }

    [Fact]
    public async Task The_form_is_told_to_whoever_may_ask()
    {
        await using var server = await StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        var form = DataForm.In((await juliet.IqAsync("get", "juliet@example.org", Query())).IsResult()!.Value)!;

        Assert.Equal("urn:xmpp:mam:2", form.FormType);
        Assert.Equal(
            ["FORM_TYPE", "with", "start", "end", "before-id", "after-id", "ids", "include-groupchat", "{urn:xmpp:fulltext:0}fulltext"],
            form.Fields.Select(static field => field.Variable));
        Assert.DoesNotContain(form.Fields, static field => field.IsRequired);
        Assert.True(form["ids"]!.IsOpen);
    }

    [Theory]
    [InlineData("", "0 1 2 3 4", 0, true)]
    [InlineData("<max>3</max>", "0 1 2", 0, false)]
    [InlineData("<max>10</max>", "0 1 2 3 4 5 6 7 8 9", 0, true)]
    [InlineData("<max>9</max>", "0 1 2 3 4 5 6 7 8", 0, false)]
    [InlineData("<max>1000000000000</max>", "0 1 2 3 4 5 6 7 8 9", 0, true)]
    [InlineData("<max>3</max><after>{2}</after>", "3 4 5", 3, false)]
    [InlineData("<max>3</max><after>{6}</after>", "7 8 9", 7, true)]
    [InlineData("<max>3</max><after>{9}</after>", "", null, true)]
    [InlineData("<max>3</max><after/>", "0 1 2", 0, false)]
    [InlineData("<max>3</max><before/>", "7 8 9", null, false)]
    [InlineData("<before/><max>10</max>", "0 1 2 3 4 5 6 7 8 9", null, true)]
    [InlineData("<max>3</max><before>{7}</before>", "4 5 6", null, false)]
    [InlineData("<max>3</max><before>{3}</before>", "0 1 2", null, true)]
    [InlineData("<max>3</max><before>{0}</before>", "", null, true)]
    [InlineData("<max>9</max><after>{2}</after><before>{5}</before>", "3 4", null, true)]
    [InlineData("<max>2</max><index>0</index>", "0 1", 0, false)]
    [InlineData("<max>2</max><index>5</index>", "5 6", 5, false)]
    [InlineData("<max>2</max><index>8</index>", "8 9", 8, true)]
    [InlineData("<max>2</max><index>10</index>", "", null, true)]
    [InlineData("<max>2</max><index>10001</index>", "", null, true)]
    [InlineData("<max>0</max><index>2</index>", "", null, false)]
    [InlineData("<max>0</max>", "", null, false)]
    public async Task Pages_are_those_that_were_asked_for(string set, string expected, int? index, bool isComplete)
    {
        await using var server = await StartAsync(static options => (options.ArchivePageSize, options.MaxArchivePageSize) = (DefaultSize, 12));
        var (juliet, _) = await TalkAsync(server, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        var ids = (await juliet.ArchiveAsync()).Ids.ToArray();
        for (var i = 0; i < ids.Length; i++)
        {
            set = set.Replace($"{{{i}}}", ids[i], StringComparison.Ordinal);
        }

        var page = await juliet.PageAsync(set);

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), page.Bodies);
        Assert.Equal(new ResultSet(page.Ids.FirstOrDefault(), page.Ids.LastOrDefault(), index, 10), page.Fin.Page);
        Assert.Equal(set.Length == 0 ? false : isComplete, page.Fin.IsComplete);
    }

    private const int DefaultSize = 5;

    [Fact]
    public async Task A_page_has_no_more_than_the_server_allows()
    {
        await using var server = await StartAsync(static options => options.MaxArchivePageSize = 2);
        var (juliet, _) = await TalkAsync(server, "0", "1", "2");

        var page = await juliet.PageAsync("<max>99</max>");

        Assert.Equal(["0", "1"], page.Bodies);
        Assert.False(page.Fin.IsComplete);
    }

    [Theory]
    [InlineData("<max>3</max>", "2 1 0")]
    [InlineData("<max>3</max><before/>", "9 8 7")]
    public async Task A_flipped_page_is_the_same_the_other_way_round(string set, string expected)
    {
        await using var server = await StartAsync();
        var (juliet, _) = await TalkAsync(server, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

        var flipped = await juliet.AskAsync(Query($"<set xmlns='http://jabber.org/protocol/rsm'>{set}</set><flip-page/>"));
        var page = await juliet.PageAsync(set);

        Assert.Equal(expected.Split(' '), flipped.Bodies);
        Assert.Equal(page.Ids.Reverse(), flipped.Ids);
        Assert.Equal(page.Fin, flipped.Fin);
    }

    [Theory]
    [InlineData("after-id={2}", "3 4 5 6 7 8 9")]
    [InlineData("before-id={2}", "0 1")]
    [InlineData("after-id={2} before-id={6}", "3 4 5")]
    [InlineData("after-id={6} before-id={2}", "")]
    [InlineData("ids={7} ids={2}", "2 7")]
    [InlineData("ids={7} after-id={8}", "")]
    [InlineData("start=2026-01-01T12:00:05Z", "5 6 7 8 9")]
    [InlineData("start=2026-01-01T12:00:05.0001Z", "6 7 8 9")]
    [InlineData("start=2026-01-01T14:00:05+02:00", "5 6 7 8 9")]
    [InlineData("end=2026-01-01T12:00:05Z", "0 1 2 3 4 5")]
    [InlineData("end=2026-01-01T12:00:04.999Z", "0 1 2 3 4")]
    [InlineData("start=2026-01-01T12:00:02Z end=2026-01-01T12:00:04Z", "2 3 4")]
    [InlineData("start=2026-01-01T12:00:04Z end=2026-01-01T12:00:02Z", "")]
    [InlineData("start=0001-01-01T00:00:00Z end=9999-12-31T23:59:59Z", "0 1 2 3 4 5 6 7 8 9")]
    [InlineData("end=1969-12-31T23:59:59Z", "")]
    [InlineData("start=2112-01-01T00:00:00Z", "")]
    [InlineData("with=juliet@example.org", "0 2 4 6 8")]
    [InlineData("with=juliet@example.org/balcony", "0 4 8")]
    [InlineData("with=nurse@example.org", "1 3 5 7 9")]
    [InlineData("with=example.org", "")]
    [InlineData("with=romeo@example.org", "")]
    [InlineData("include-groupchat=true", "0 1 2 3 4 5 6 7 8 9")]
    [InlineData("include-groupchat=0", "0 1 2 3 4 5 6 7 8 9")]
    [InlineData("{urn:xmpp:fulltext:0}fulltext=7", "7")]
    [InlineData("{urn:xmpp:fulltext:0}fulltext=nothing", "")]
    public async Task Conditions_hold_all_together(string fields, string expected)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await server.CreateAccountAsync("juliet@example.org");
        await server.CreateAccountAsync("nurse@example.org");
        string[] to = ["juliet@example.org/balcony", "nurse@example.org", "juliet@example.org", "nurse@example.org/a"];
        for (var i = 0; i < 10; i++)
        {
            await romeo.SayAsync(to[i % 4], $"{i}");
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await romeo.ReceiveAllAsync();
        var ids = (await romeo.ArchiveAsync()).Ids.ToArray();
        for (var i = 0; i < ids.Length; i++)
        {
            fields = fields.Replace($"{{{i}}}", ids[i], StringComparison.Ordinal);
        }

        var page = await romeo.ArchiveAsync(fields.Split(' '));

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), page.Bodies);
        Assert.True(page.Fin.IsComplete);
        Assert.Equal(page.Results.Count, page.Fin.Page.Count);
    }

    [Fact]
    public async Task A_text_is_found_by_its_words_in_every_body()
    {
        await using var server = await StartAsync();
        var (juliet, romeo) = await TalkAsync(server, "wherefore &lt;art&gt; <![CDATA[thou]]> Romeo", "good night");
        await romeo.SendAsync("<message to='juliet@example.org'><body>parting</body><body xml:lang='it'>addio</body></message>");
        await romeo.BarrierAsync();

        Assert.Single((await juliet.ArchiveAsync("{urn:xmpp:fulltext:0}fulltext=art thou romeo")).Results);
        Assert.Equal("parting", Assert.Single((await juliet.ArchiveAsync("{urn:xmpp:fulltext:0}fulltext=addio")).Bodies));
        Assert.Empty((await juliet.ArchiveAsync("{urn:xmpp:fulltext:0}fulltext=good morrow")).Results);
    }

    [Theory]
    [InlineData("<max>120</max>", 0, 120, false)]
    [InlineData("<max>120</max><before/>", 10, 120, false)]
    [InlineData("<max>130</max>", 0, 130, true)]
    [InlineData("<max>200</max><before/>", 0, 130, true)]
    [InlineData("<max>100</max><index>20</index>", 20, 100, false)]
    public async Task A_large_page_comes_in_one_piece(string set, int first, int count, bool isComplete)
    {
        await using var server = await StartAsync();
        var (juliet, _) = await TalkAsync(server, [.. Enumerable.Range(0, 130).Select(static i => $"{i}")]);

        var page = await juliet.PageAsync(set);

        Assert.Equal(Enumerable.Range(first, count).Select(static i => $"{i}"), page.Bodies);
        int? index = set.Contains("before", StringComparison.Ordinal) ? null : first;
        Assert.Equal(new ArchiveFin(new ResultSet(page.Ids.First(), page.Ids.Last(), index, 130), isComplete), page.Fin);
    }

    [Fact]
    public async Task What_is_too_long_to_be_counted_has_indexes_as_far_as_they_are_known()
    {
        await using var server = await StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var place = new ArchivePlace(Jid.Parse("juliet@example.org"), Jid.Parse("romeo@example.org"));
        var stanza = Encoding.UTF8.GetBytes("<message from='romeo@example.org' to='juliet@example.org'><body>x</body></message>");
        var archive = server.Get<IArchiveStore>();
        for (var start = 1; start <= 10_001; start += 1000)
        {
            await Task.WhenAll(Enumerable.Range(start, Math.Min(1000, 10_002 - start))
                .Select(id => archive.AppendAsync(new ArchiveEntry(id, stanza, null, null, false, place, null), CancellationToken.None).AsTask()));
        }

        Assert.Equal(new ResultSet(Id(1), Id(2), 0), (await juliet.PageAsync("<max>2</max>")).Fin.Page);
        Assert.Equal(new ResultSet(Id(8), Id(9), 7), (await juliet.PageAsync("<max>2</max><index>7</index>")).Fin.Page);
        Assert.Equal(new ResultSet(Id(10_001), Id(10_001), 10_000), (await juliet.PageAsync("<max>2</max><index>10000</index>")).Fin.Page);
        (await juliet.IqAsync("set", null, Query("<set xmlns='http://jabber.org/protocol/rsm'><max>2</max><index>10001</index></set>")))
            .IsError("feature-not-implemented", "cancel");

        static string Id(long id) => ArchiveId.ToText(id);
    }

    [Fact]
    public async Task A_page_ends_before_more_bytes_wait_than_may_and_the_next_one_goes_on()
    {
        await using var server = await StartAsync(static options => options.MaxOutputBytes = 64 * 1024);
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SayAsync("juliet@example.org", [.. Enumerable.Range(0, 20).Select(i => $"{i:00} {new string('x', 8000)}")]);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        var forwards = await juliet.PageAsync("<max>20</max>");
        Assert.False(forwards.Fin.IsComplete);
        Assert.InRange(forwards.Results.Count, 2, 5);
        Assert.StartsWith("00", forwards.Bodies.First(), StringComparison.Ordinal);

        var backwards = await juliet.PageAsync("<max>20</max><before/>");
        Assert.False(backwards.Fin.IsComplete);
        Assert.StartsWith("19", backwards.Bodies.Last(), StringComparison.Ordinal);

        var all = new List<string?>();
        for (var page = forwards; ; page = await juliet.PageAsync($"<max>20</max><after>{page.Fin.Page.Last}</after>"))
        {
            all.AddRange(page.Bodies.Select(static body => body![..2]));
            if (page.Fin.IsComplete)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"{i:00}"), all);
    }

    [Fact]
    public async Task Results_that_a_lost_connection_did_not_take_go_nowhere_else()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SayAsync("juliet@example.org", [.. Enumerable.Range(0, 50).Select(i => $"{i} {new string('x', 8000)}")]);
        var other = await server.LoginAsync("juliet@example.org/chamber");
        var deaf = await server.LoginAsync("juliet@example.org/balcony");

        // More than its window takes.
        await deaf.SendAsync("<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'/></iq><message to='romeo@example.org/orchard'><body>asked</body></message>");
        var asked = romeo.MessageAsync();
        while (await Task.WhenAny(asked, server.Time.WhenDelayedAsync()) != asked)
        {
            // It waits for the client to read, in vain.
            server.Time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal("asked", (await asked).Body());
        await deaf.DisposeAsync();

        await other.ExpectNothingAsync();
        Assert.Equal(50, await server.Get<Server.Storage.IOfflineStore>().CountAsync(Protocol.Addressing.Jid.Parse("juliet@example.org"), CancellationToken.None));
    }

    private static async Task<(TestClient Juliet, TestClient Romeo)> TalkAsync(XmppTestServer server, params string[] bodies)
    {
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SayAsync("juliet@example.org", bodies);
        return (juliet, romeo);
    }

    private static async Task<ArchiveMetadata> MetadataAsync(TestClient client) =>
        ArchiveMetadata.Parse((await client.IqAsync("get", null, "<metadata xmlns='urn:xmpp:mam:2'/>")).IsResult()!.Value);
}
