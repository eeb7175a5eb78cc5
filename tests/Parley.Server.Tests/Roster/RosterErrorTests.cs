using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Roster;

/// <summary>RFC 6121 §2.3.3 and §2.5.3, and the limits.</summary>
public class RosterErrorTests
{
    private const string Long = "{1024}";

    [Theory]
    [InlineData("", "bad-request", "modify")]
    [InlineData("<item jid='a@example.org'/><item jid='b@example.org'/>", "bad-request", "modify")]
    [InlineData("<item/>", "bad-request", "modify")]
    [InlineData("<item jid=''/>", "bad-request", "modify")]
    [InlineData("<thing xmlns='urn:x'/>", "bad-request", "modify")]
    [InlineData("<item jid='@example.org'/>", "jid-malformed", "modify")]
    [InlineData("<item jid='a@example.org'><group>G</group><group>G</group></item>", "bad-request", "modify")]
    [InlineData("<item jid='a@example.org'><group/></item>", "not-acceptable", "modify")]
    [InlineData("<item jid='a@example.org'><group>" + Long + "</group></item>", "not-acceptable", "modify")]
    [InlineData("<item jid='a@example.org' name='" + Long + "'/>", "not-acceptable", "modify")]
    [InlineData("<item jid='a@example.org'>{65 groups}</item>", "policy-violation", "modify")]
    [InlineData("<item jid='juliet@example.org'/>", "not-allowed", "cancel")]
    [InlineData("<item jid='juliet@example.org/balcony'/>", "not-allowed", "cancel")]
    [InlineData("<item jid='juliet@example.org' subscription='remove'/>", "not-allowed", "cancel")]
    [InlineData("<item jid='stranger@example.org' subscription='remove'/>", "item-not-found", "cancel")]
    public async Task A_bad_set_is_refused_and_changes_nothing(string items, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.RosterAsync();
        var text = items
            .Replace(Long, new string('x', 1024), StringComparison.Ordinal)
            .Replace("{65 groups}", string.Concat(Enumerable.Range(0, 65).Select(static i => $"<group>{i}</group>")), StringComparison.Ordinal);

        (await juliet.SetRosterAsync(text)).IsError(condition, type);

        Assert.False((await juliet.RosterAsync())!.Value.HasChildren);
        await juliet.ExpectNothingAsync();
    }

    [Fact]
    public async Task The_longest_names_are_taken()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var longest = new string('x', 1023);
        var groups = string.Concat(Enumerable.Range(0, 63).Select(static i => $"<group>{i}</group>"));

        Assert.Null((await juliet.SetRosterAsync($"<item jid='a@example.org' name='{longest}'><group>{longest}</group>{groups}</item>")).IsResult());

        Assert.Equal(64, Assert.Single((await juliet.RosterAsync())!.Value.Items()).ChildCount);
    }

    [Fact]
    public async Task Names_and_groups_are_bounded_together()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.MaxRosterItems = 10);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var groups = string.Concat(Enumerable.Range(0, 5).Select(static i => $"<group>{i}{new string('x', 999)}</group>"));
        (await juliet.SetRosterAsync($"<item jid='a@example.org'>{groups}</item>")).IsResult();

        (await juliet.SetRosterAsync($"<item jid='b@example.org' name='{new string('x', 200)}'/>")).IsError("resource-constraint", "wait");
        (await juliet.SetRosterAsync($"<item jid='a@example.org' name='{new string('x', 200)}'>{groups}</item>")).IsError("resource-constraint", "wait");

        (await juliet.SetRosterAsync("<item jid='a@example.org' name='smaller'/>")).IsResult();
        (await juliet.SetRosterAsync($"<item jid='b@example.org' name='{new string('x', 200)}'/>")).IsResult();
    }

    [Theory]
    [InlineData("get", "romeo@example.org")]
    [InlineData("set", "romeo@example.org")]
    [InlineData("get", "nobody@example.org")]
    [InlineData("set", "nobody@example.org")]
    public async Task Anothers_roster_is_forbidden_whether_it_exists_or_not(string type, string to)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("romeo@example.org");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        (await juliet.IqAsync(type, to, "<query xmlns='jabber:iq:roster'><item jid='a@example.org'/></query>")).IsError("forbidden", "auth");

        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        Assert.False((await romeo.RosterAsync())!.Value.HasChildren);
    }

    [Fact]
    public async Task A_full_roster_takes_changes_but_no_more_contacts()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.MaxRosterItems = 2);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.SetRosterAsync("<item jid='a@example.org'/>");
        await juliet.SetRosterAsync("<item jid='b@example.org'/>");

        (await juliet.SetRosterAsync("<item jid='c@example.org'/>")).IsError("resource-constraint", "wait");
        await juliet.SendAsync("<presence id='s1' type='subscribe' to='c@example.org'/>");
        (await juliet.ReceiveAsync()).IsError("resource-constraint", "wait");
        Assert.Null((await juliet.SetRosterAsync("<item jid='b@example.org' name='B'/>")).IsResult());

        await juliet.SetRosterAsync("<item jid='a@example.org' subscription='remove'/>");
        Assert.Null((await juliet.SetRosterAsync("<item jid='c@example.org'/>")).IsResult());
        Assert.Equal(2, (await juliet.RosterAsync())!.Value.ChildCount);
    }
}
