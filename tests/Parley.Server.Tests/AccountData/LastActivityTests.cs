using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.AccountData;

public class LastActivityTests
{
    private const string Query = "<query xmlns='jabber:iq:last'/>";

    [Fact]
    public async Task The_server_tells_how_long_it_runs()
    {
        await using var server = await XmppTestServer.StartAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        server.Time.Advance(TimeSpan.FromSeconds(123456));

        Assert.Equal("123456", (await romeo.IqAsync("get", "example.org", Query)).IsResult()!.Value.Attribute("seconds"));
    }

    [Theory]
    [InlineData(Subscription.From, true)]
    [InlineData(Subscription.Both, true)]
    [InlineData(Subscription.To, false)]
    [InlineData(Subscription.None, false)]
    public async Task Only_those_who_may_see_presence_learn_when_it_ended(Subscription subscription, bool told)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await SubscribeAsync(server, "juliet@example.org", "romeo@example.org", subscription);
        await juliet.SendAsync("<presence type='unavailable'><status>Heading Home</status></presence></stream:stream>");
        await juliet.ExpectCloseAsync();
        server.Time.Advance(TimeSpan.FromSeconds(903));

        var reply = await romeo.IqAsync("get", "juliet@example.org", Query);
        if (told)
        {
            Assert.Equal("<query xmlns='jabber:iq:last' seconds='903'>Heading Home</query>", reply.IsResult()!.Value.ToText());
        }
        else
        {
            reply.IsError("forbidden", "auth");
        }
    }

    [Fact]
    public async Task An_account_that_is_connected_was_active_now()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await SubscribeAsync(server, "juliet@example.org", "romeo@example.org", Subscription.From);
        server.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("<query xmlns='jabber:iq:last' seconds='0'/>", (await romeo.IqAsync("get", "juliet@example.org", Query)).IsResult()!.Value.ToText());
    }

    [Fact]
    public async Task A_session_that_ends_does_not_count_while_another_lasts()
    {
        await using var server = await XmppTestServer.StartAsync();
        var balcony = await server.LoginAsync("juliet@example.org/balcony");
        var chamber = await server.LoginAsync("juliet@example.org/chamber");
        await balcony.SendAsync("</stream:stream>");
        await balcony.ExpectCloseAsync();
        await chamber.BarrierAsync();

        Assert.Null(await server.Get<ILastActivityStore>().GetAsync(Jid.Parse("juliet@example.org"), CancellationToken.None));
    }

    [Fact]
    public async Task An_account_that_was_never_there_has_no_last_activity()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await SubscribeAsync(server, "juliet@example.org", "romeo@example.org", Subscription.From);

        (await romeo.IqAsync("get", "juliet@example.org", Query)).IsError("item-not-found", "cancel");
    }

    [Theory]
    [InlineData("juliet@example.org/balcony")]
    [InlineData("nobody@example.org")]
    [InlineData("nobody@example.org/balcony")]
    public async Task Strangers_learn_nothing_of_resources_and_of_who_exists(string address)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        (await romeo.IqAsync("get", address, Query)).IsError("forbidden", "auth");
        await juliet.ExpectNothingAsync(romeo);
    }

    [Fact]
    public async Task A_subscriber_may_ask_the_resource_itself()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await SubscribeAsync(server, "juliet@example.org", "romeo@example.org", Subscription.From);

        await romeo.SendAsync($"<iq type='get' id='last2' to='juliet@example.org/balcony'>{Query}</iq>");

        Assert.Equal("romeo@example.org/orchard", (await juliet.ReceiveAsync()).Attribute("from"));
    }

    private static async Task SubscribeAsync(XmppTestServer server, string account, string contact, Subscription subscription) =>
        await server.Get<IRosterStore>().SetAsync(
            Jid.Parse(account),
            new RosterItem(Jid.Parse(contact), null, subscription, false, false, [], default, true, 0),
            CancellationToken.None);
}
