using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.AccountData;

public class PrivateXmlTests
{
    private const string Preferences = "<exodus xmlns='exodus:prefs'><defaultnick>Hamlet</defaultnick></exodus>";

    [Fact]
    public async Task Clients_get_back_what_they_keep()
    {
        await using var server = await XmppTestServer.StartAsync();
        var hamlet = await server.LoginAsync("hamlet@example.org/denmark");

        Assert.Null((await hamlet.IqAsync("set", null, Query(Preferences))).IsResult());

        Assert.Equal(Query(Preferences), (await hamlet.IqAsync("get", null, Query("<exodus xmlns='exodus:prefs'/>"))).IsResult()!.Value.ToText());
    }

    [Fact]
    public async Task What_was_never_kept_is_empty_and_what_is_set_empty_is_gone()
    {
        await using var server = await XmppTestServer.StartAsync();
        var hamlet = await server.LoginAsync("hamlet@example.org/denmark");
        var empty = Query("<exodus xmlns='exodus:prefs'/>");

        Assert.Equal(empty, (await hamlet.IqAsync("get", null, empty)).IsResult()!.Value.ToText());
        await hamlet.IqAsync("set", null, Query(Preferences));
        (await hamlet.IqAsync("set", null, empty)).IsResult();
        Assert.Equal(empty, (await hamlet.IqAsync("get", null, empty)).IsResult()!.Value.ToText());
    }

    [Fact]
    public async Task Several_elements_are_kept_together()
    {
        await using var server = await XmppTestServer.StartAsync();
        var hamlet = await server.LoginAsync("hamlet@example.org/denmark");

        (await hamlet.IqAsync("set", null, Query("<a xmlns='x:one'>1</a><a xmlns='x:one'>2</a><b xmlns='x:one'>3</b>"))).IsResult();

        Assert.Equal(
            Query("<a xmlns='x:one'>1</a><a xmlns='x:one'>2</a><b xmlns='x:one'>3</b>"),
            (await hamlet.IqAsync("get", null, Query("<a xmlns='x:one'/><b xmlns='x:one'/>"))).IsResult()!.Value.ToText());
    }

    [Fact]
    public async Task One_answer_repeats_nothing_and_is_bounded()
    {
        await using var server = await XmppTestServer.StartAsync();
        var hamlet = await server.LoginAsync("hamlet@example.org/denmark");
        var text = new string('x', 200_000);
        foreach (var name in "abc")
        {
            (await hamlet.IqAsync("set", null, Query($"<{name} xmlns='x:one'>{text}</{name}>"))).IsResult();
        }

        Assert.Equal(
            Query($"<a xmlns='x:one'>{text}</a>"),
            (await hamlet.IqAsync("get", null, Query(string.Concat(Enumerable.Repeat("<a xmlns='x:one'/>", 1000))))).IsResult()!.Value.ToText());
        (await hamlet.IqAsync("get", null, Query("<a xmlns='x:one'/><b xmlns='x:one'/><c xmlns='x:one'/>"))).IsError("resource-constraint", "wait");
    }

    [Theory]
    [InlineData("set", "", "not-acceptable", "modify")]
    [InlineData("get", "", "bad-request", "modify")]
    [InlineData("get", "<a xmlns='x:one'/><a xmlns='x:two'/>", "bad-request", "modify")]
    [InlineData("set", "<vCard xmlns='vcard-temp'><FN>Hamlet</FN></vCard>", "not-acceptable", "modify")]
    [InlineData("get", "<vCard xmlns='vcard-temp'/>", "not-acceptable", "modify")]
    [InlineData("set", "<query xmlns='jabber:iq:roster'/>", "not-acceptable", "modify")]
    [InlineData("set", "<x xmlns='http://jabber.org/protocol/muc'/>", "not-acceptable", "modify")]
    [InlineData("set", "<mine/>", "not-acceptable", "modify")]
    [InlineData("set", "<mine xmlns=''/>", "not-acceptable", "modify")]
    public async Task Requests_against_the_rules_are_refused(string type, string content, string condition, string errorType)
    {
        await using var server = await XmppTestServer.StartAsync();
        var hamlet = await server.LoginAsync("hamlet@example.org/denmark");

        (await hamlet.IqAsync(type, null, Query(content))).IsError(condition, errorType);
    }

    [Theory]
    [InlineData("set", "hamlet@example.org")]
    [InlineData("get", "hamlet@example.org")]
    [InlineData("get", "nobody@example.org")]
    [InlineData("set", "example.org")]
    [InlineData("get", "example.org")]
    public async Task Nobody_reads_or_writes_what_is_anothers(string type, string account)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("hamlet@example.org");
        var macbeth = await server.LoginAsync("macbeth@example.org/inverness");

        (await macbeth.IqAsync(type, account, Query(Preferences))).IsError("forbidden", "cancel");
    }

    [Fact]
    public async Task An_account_keeps_two_hundred_elements()
    {
        await using var server = await XmppTestServer.StartAsync();
        var hamlet = await server.LoginAsync("hamlet@example.org/denmark");
        var many = string.Concat(Enumerable.Range(0, 200).Select(number => $"<e{number} xmlns='x:many'>y</e{number}>"));
        (await hamlet.IqAsync("set", null, Query(many))).IsResult();

        (await hamlet.IqAsync("set", null, Query("<more xmlns='x:many'>y</more>"))).IsError("resource-constraint", "wait");
        (await hamlet.IqAsync("set", null, Query("<e7 xmlns='x:many'>z</e7>"))).IsResult();
    }

    private static string Query(string content) =>
        content.Length == 0 ? "<query xmlns='jabber:iq:private'/>" : $"<query xmlns='jabber:iq:private'>{content}</query>";
}
