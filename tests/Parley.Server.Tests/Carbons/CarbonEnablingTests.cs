using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Carbons;

/// <summary>XEP-0280 §3 to §5 and §10.1.</summary>
public class CarbonEnablingTests
{
    private const string Info = "<query xmlns='http://jabber.org/protocol/disco#info'/>";

    [Fact]
    public async Task It_is_advertised_with_all_its_rules()
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/garden");

        foreach (var entity in new[] { "example.org", "romeo@example.org" })
        {
            var info = (await romeo.IqAsync("get", entity, Info)).IsResult()!.Value.ToText();
            Assert.Contains("<feature var='urn:xmpp:carbons:2'/>", info, StringComparison.Ordinal);
            Assert.Contains("<feature var='urn:xmpp:carbons:rules:0'/>", info, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("romeo@example.org")]
    public async Task It_is_enabled_and_disabled_as_often_as_one_likes(string? to)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await server.LoginAsync("romeo@example.org/garden");
        var home = await server.LoginAsync("romeo@example.org/home");

        foreach (var (command, copied) in new[]
        {
            (CarbonClient.Disable, false), (CarbonClient.Enable, true), (CarbonClient.Enable, true), (CarbonClient.Disable, false), (CarbonClient.Disable, false),
            (CarbonClient.Enable, true),
        })
        {
            var reply = await home.IqAsync("set", to, command);
            Assert.Null(reply.IsResult());
            Assert.Equal("romeo@example.org", reply.Attribute("from"));

            await juliet.SendAsync("<message to='romeo@example.org/garden' type='chat'><body>Hi</body></message>");
            await juliet.BarrierAsync();
            Assert.Equal(copied ? 1 : 0, (await home.ReceiveAllAsync()).Count);
        }
    }

    [Theory]
    [InlineData("juliet@example.org", CarbonClient.Enable)]
    [InlineData("juliet@example.org", CarbonClient.Disable)]
    [InlineData("nobody@example.org", CarbonClient.Enable)]
    [InlineData("nobody@example.org", CarbonClient.Disable)]
    public async Task It_is_not_allowed_for_another_account_whether_there_is_one_or_not(string to, string command)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.LoginAsync("juliet@example.org/balcony");
        var chamber = await server.LoginWithCarbonsAsync("juliet@example.org/chamber");
        var romeo = await server.LoginAsync("romeo@example.org/garden");

        (await romeo.IqAsync("set", to, command)).IsError("not-allowed", "cancel");

        await romeo.SendAsync("<message to='juliet@example.org/balcony' type='chat'/>");
        await chamber.CopyAsync("received");
    }

    [Theory]
    [InlineData("get", null, CarbonClient.Enable)]
    [InlineData("set", "example.org", CarbonClient.Enable)]
    [InlineData("set", null, "<enable xmlns='urn:xmpp:carbons:1'/>")]
    [InlineData("set", null, "<private xmlns='urn:xmpp:carbons:2'/>")]
    [InlineData("set", null, "<sent xmlns='urn:xmpp:carbons:2'/>")]
    public async Task Anything_else_is_not_known(string type, string? to, string payload)
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/garden");

        (await romeo.IqAsync(type, to, payload)).IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task A_new_session_of_the_same_resource_has_to_enable_it_again()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await server.LoginAsync("romeo@example.org/garden");
        await (await server.LoginWithCarbonsAsync("romeo@example.org/home")).DisposeAsync();
        var home = await server.LoginAsync("romeo@example.org/home");

        await juliet.SendAsync("<message to='romeo@example.org/garden' type='chat'/>");

        await home.ExpectNothingAsync(juliet);
    }
}
