using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.AccountData;

public class VCardTests
{
    private const string Card = "<vCard xmlns='vcard-temp'><FN>Peter Saint-Andre</FN><N><FAMILY>Saint-Andre</FAMILY><MIDDLE/></N><PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO></vCard>";

    [Fact]
    public async Task A_vcard_is_kept_for_its_owner_and_for_everybody()
    {
        await using var server = await XmppTestServer.StartAsync();
        var peter = await server.LoginAsync("stpeter@example.org/roundabout");
        var other = await server.LoginAsync("other@example.org/desk");

        Assert.Null((await peter.IqAsync("set", null, Card)).IsResult());

        Assert.Equal(Card, (await peter.IqAsync("get", null, "<vCard xmlns='vcard-temp'/>")).IsResult()!.Value.ToText());
        Assert.Equal(Card, (await peter.IqAsync("get", "stpeter@example.org", "<vCard xmlns='vcard-temp'/>")).IsResult()!.Value.ToText());
        var seen = await other.IqAsync("get", "stpeter@example.org", "<vCard xmlns='vcard-temp'/>");
        Assert.Equal("stpeter@example.org", seen.Attribute("from"));
        Assert.Equal(Card, seen.IsResult()!.Value.ToText());
    }

    [Fact]
    public async Task A_vcard_is_replaced_as_a_whole_and_an_empty_one_takes_it_away()
    {
        await using var server = await XmppTestServer.StartAsync();
        var peter = await server.LoginAsync("stpeter@example.org/roundabout");
        await peter.IqAsync("set", null, Card);

        (await peter.IqAsync("set", null, "<vCard xmlns='vcard-temp'><FN>Peter</FN></vCard>")).IsResult();
        Assert.Equal("<vCard xmlns='vcard-temp'><FN>Peter</FN></vCard>", (await peter.IqAsync("get", null, "<vCard xmlns='vcard-temp'/>")).IsResult()!.Value.ToText());

        (await peter.IqAsync("set", null, "<vCard xmlns='vcard-temp'/>")).IsResult();
        (await peter.IqAsync("get", null, "<vCard xmlns='vcard-temp'/>")).IsError("item-not-found", "cancel");
    }

    [Fact]
    public async Task Without_a_vcard_an_account_looks_to_others_as_if_it_did_not_exist()
    {
        await using var server = await XmppTestServer.StartAsync();
        var peter = await server.LoginAsync("stpeter@example.org/roundabout");
        await server.CreateAccountAsync("jer@example.org");

        (await peter.IqAsync("get", null, "<vCard xmlns='vcard-temp'/>")).IsError("item-not-found", "cancel");
        var without = (await peter.IqAsync("get", "jer@example.org", "<vCard xmlns='vcard-temp'/>")).IsError("service-unavailable", "cancel");
        var nobody = (await peter.IqAsync("get", "nobody@example.org", "<vCard xmlns='vcard-temp'/>")).IsError("service-unavailable", "cancel");
        Assert.Equal(without.ToText(), nobody.ToText());
    }

    [Theory]
    [InlineData("jer@example.org")]
    [InlineData("nobody@example.org")]
    [InlineData("example.org")]
    public async Task Nobody_sets_the_vcard_of_another(string account)
    {
        await using var server = await XmppTestServer.StartAsync();
        var peter = await server.LoginAsync("stpeter@example.org/roundabout");
        await server.CreateAccountAsync("jer@example.org");

        (await peter.IqAsync("set", account, Card)).IsError("forbidden", "auth");
    }

    [Fact]
    public async Task The_server_says_that_it_keeps_vcards()
    {
        await using var server = await XmppTestServer.StartAsync();
        var peter = await server.LoginAsync("stpeter@example.org/roundabout");

        await peter.HasFeaturesAsync("vcard-temp", "jabber:iq:private", "jabber:iq:last", "jabber:iq:register", "urn:xmpp:blocking", "msgoffline");
    }
}
