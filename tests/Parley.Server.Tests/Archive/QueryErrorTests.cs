using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Archive.ArchiveClient;

namespace Parley.Server.Tests.Archive;

/// <summary>What hostile and broken queries get.</summary>
public class QueryErrorTests
{
    private const string Rsm = "<set xmlns='http://jabber.org/protocol/rsm'>";
    private const string FormOpen = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>";

    [Theory]
    [InlineData(FormOpen + "<field var='start'><value>2010-08-07</value></field></x>", "bad-request", "modify")]
    [InlineData(FormOpen + "<field var='end'><value>0000-00-00T00:00:00Z</value></field></x>", "bad-request", "modify")]
    [InlineData(FormOpen + "<field var='with'><value>@example.org</value></field></x>", "bad-request", "modify")]
    [InlineData(FormOpen + "<field var='include-groupchat'><value>yes</value></field></x>", "bad-request", "modify")]
    [InlineData(FormOpen + "<field><value>x</value></field></x>", "bad-request", "modify")]
    [InlineData(FormOpen + "<field var='with'><value>a@b</value></field><field var='with'><value>c@d</value></field></x>", "bad-request", "modify")]
    [InlineData(FormOpen + "<field var='withtext'><value>x</value></field></x>", "feature-not-implemented", "cancel")]
    [InlineData("<x xmlns='jabber:x:data'/>", "bad-request", "modify")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='with'><value>a@b</value></field></x>", "bad-request", "modify")]
    [InlineData(FormOpen + "<field var='after-id'><value>0000000000000001</value></field></x>", "item-not-found", "cancel")]
    [InlineData(FormOpen + "<field var='before-id'><value>28482-98726-73623</value></field></x>", "item-not-found", "cancel")]
    [InlineData(FormOpen + "<field var='ids'><value>1' OR '1'='1</value></field></x>", "item-not-found", "cancel")]
    [InlineData(FormOpen + "<field var='ids'><value>{0}</value><value>0000000000000001</value></field></x>", "item-not-found", "cancel")]
    [InlineData(Rsm + "<after>'; DROP TABLE archive; --</after></set>", "item-not-found", "cancel")]
    [InlineData(Rsm + "<after>0000000000000001</after></set>", "item-not-found", "cancel")]
    [InlineData(Rsm + "<before>ffffffffffffffff</before></set>", "item-not-found", "cancel")]
    [InlineData(Rsm + "<before>{1}</before></set>", "item-not-found", "cancel")]
    [InlineData(Rsm + "<max>-1</max></set>", "bad-request", "modify")]
    [InlineData(Rsm + "<max>many</max></set>", "bad-request", "modify")]
    [InlineData(Rsm + "<index>-1</index></set>", "bad-request", "modify")]
    public async Task A_query_that_makes_no_sense_is_refused(string content, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await server.CreateAccountAsync("romeo@example.org");
        await juliet.SayAsync("romeo@example.org", "x");
        var nurse = await server.LoginAsync("nurse@example.org/house");
        await nurse.SayAsync("romeo@example.org", "x");
        content = content
            .Replace("{0}", (await juliet.ArchiveAsync()).Results[0].Id, StringComparison.Ordinal)
            .Replace("{1}", (await nurse.ArchiveAsync()).Results[0].Id, StringComparison.Ordinal);

        (await juliet.IqAsync("set", null, Query(content))).IsError(condition, type);

        await juliet.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("set", "romeo@example.org", "<query xmlns='urn:xmpp:mam:2'/>")]
    [InlineData("get", "romeo@example.org", "<query xmlns='urn:xmpp:mam:2'/>")]
    [InlineData("get", "romeo@example.org", "<metadata xmlns='urn:xmpp:mam:2'/>")]
    [InlineData("get", "romeo@example.org", "<prefs xmlns='urn:xmpp:mam:2'/>")]
    [InlineData("set", "romeo@example.org", "<prefs xmlns='urn:xmpp:mam:2' default='never'/>")]
    [InlineData("set", "nobody@example.org", "<query xmlns='urn:xmpp:mam:2'/>")]
    [InlineData("get", "nobody@example.org", "<metadata xmlns='urn:xmpp:mam:2'/>")]
    [InlineData("set", "nobody@example.org", "<prefs xmlns='urn:xmpp:mam:2' default='never'/>")]
    public async Task Anothers_archive_is_forbidden_whether_there_is_one_or_not(string type, string account, string payload)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("romeo@example.org");
        var paris = await server.LoginAsync("paris@example.org/count");
        await paris.SayAsync("romeo@example.org", "x");

        (await paris.IqAsync(type, account, payload)).IsError("forbidden", "auth");

        await paris.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_node_that_nobody_has_is_not_found()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        (await juliet.IqAsync("set", null, Query(attributes: "node='fdp/submitted'"))).IsError("item-not-found", "cancel");
    }

    [Fact]
    public async Task What_is_echoed_is_escaped()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await server.CreateAccountAsync("romeo@example.org");
        await juliet.SayAsync("romeo@example.org", "x");

        var page = await juliet.AskAsync(Query(attributes: "queryid='a&apos;/>&lt;message to=&quot;x&quot;/>&#10;'"));

        Assert.Equal("a'/><message to=\"x\"/>\n", Assert.Single(page.Results).QueryId);
    }
}
