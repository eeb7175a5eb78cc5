using Parley.Protocol.Xml;
using Parley.Server.Sessions.Components;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Components.ComponentServer;

namespace Parley.Server.Tests.Components;

/// <summary>XEP-0356, its examples: what a component does in the name of accounts, and what it may not.</summary>
public class PrivilegeTests
{
    private const string Namespace = "urn:xmpp:privilege:2";
    private const string PubSub = "http://jabber.org/protocol/pubsub";
    private const string Juliet = "juliet@example.org";
    private const string Balcony = "juliet@example.org/balcony";
    private const string Romeo = "romeo@example.org/orchard";

    [Fact]
    public async Task Permissions_are_advertised_first()
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges
        {
            Roster = RosterAccess.Both,
            Messages = true,
            IqGet = { "urn:a" },
            IqSet = { PubSub, "urn:a" },
            Presence = true,
        });

        var component = await server.ComponentAsync(Plays);

        var message = await component.ReceiveAsync();
        Assert.Equal(("message", "example.org", Plays), (message.LocalName, message.Attribute("from"), message.Attribute("to")));
        Assert.NotNull(message.Attribute("id"));
        Assert.Equal(
            "<privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='both' push='true'/><perm access='message' type='outgoing'/>"
            + "<perm access='iq'><namespace ns='urn:a' type='both'/><namespace ns='http://jabber.org/protocol/pubsub' type='set'/></perm>"
            + "<perm access='presence' type='managed_entity'/></privilege>",
            message.Child("privilege", Namespace)!.Value.ToText().Replace('"', '\''));
        await component.ExpectNothingAsync();
    }

    [Theory]
    [InlineData(RosterAccess.Get, true, "get", "true")]
    [InlineData(RosterAccess.Get, false, "get", "false")]
    [InlineData(RosterAccess.Set, true, "set", "false")]
    public async Task Pushes_are_for_those_who_may_read(RosterAccess access, bool pushes, string type, string push)
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges { Roster = access, RosterPushes = pushes });
        var component = await server.ComponentAsync(Plays);
        var permission = (await component.ReceiveAsync()).Child("privilege", Namespace)!.Value.Child("perm", Namespace)!.Value;
        Assert.Equal(("roster", type, push), (permission.Attribute("access"), permission.Attribute("type"), permission.Attribute("push")));

        var juliet = await server.LoginAsync(Balcony);
        (await juliet.SetRosterAsync("<item jid='nurse@example.org'/>")).IsResult();

        var came = await component.ReceiveAllAsync();
        if (push == "false")
        {
            Assert.Empty(came);
            return;
        }

        var pushed = Assert.Single(came);
        Assert.Equal(("set", Juliet, Plays), (pushed.Attribute("type"), pushed.Attribute("from"), pushed.Attribute("to")));
        Assert.Equal("nurse@example.org none", Assert.Single(pushed.Child("query", RosterClient.Namespace)!.Value.Items()).Summary());
        await component.SendAsync($"<iq type='result' id='{pushed.Attribute("id")}' from='{Plays}' to='{Juliet}'/>");
        await component.ExpectNothingAsync();
    }

    [Fact]
    public async Task Rosters_are_read_and_changed()
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges { Roster = RosterAccess.Both, RosterPushes = false });
        var juliet = await server.OnlineAsync(Balcony);
        var component = await server.ComponentAsync(Plays);

        (await component.IqAsync("set", Juliet, "<query xmlns='jabber:iq:roster'><item jid='romeo@example.net' name='My Romeo'><group>Rivals</group></item></query>")).IsResult();
        Assert.Equal("romeo@example.net none 'My Romeo' [Rivals]", await juliet.PushAsync());

        var query = (await component.IqAsync("get", Juliet, "<query xmlns='jabber:iq:roster'/>")).IsResult()!.Value;
        Assert.Equal("romeo@example.net none 'My Romeo' [Rivals]", Assert.Single(query.Items()).Summary());

        // Nobody is there: whoever may look is told so.
        (await component.IqAsync("get", "nobody@example.org", "<query xmlns='jabber:iq:roster'/>")).IsError("service-unavailable", "cancel");
        (await component.IqAsync("set", "nobody@example.org", "<query xmlns='jabber:iq:roster'><item jid='a@example.net'/></query>")).IsError("service-unavailable", "cancel");
    }

    [Theory]
    [InlineData(RosterAccess.None)]
    [InlineData(RosterAccess.Get)]
    [InlineData(RosterAccess.Set)]
    public async Task What_is_not_permitted_of_rosters_is_forbidden(RosterAccess access)
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges { Roster = access });
        await server.CreateAccountAsync(Juliet);
        var component = await server.ComponentAsync(Plays);

        var get = await component.IqAsync("get", Juliet, "<query xmlns='jabber:iq:roster'/>");
        var set = await component.IqAsync("set", Juliet, "<query xmlns='jabber:iq:roster'><item jid='a@example.net'/></query>");

        Assert.Equal(access == RosterAccess.Get ? "result" : "error", get.Attribute("type"));
        Assert.Equal(access == RosterAccess.Set ? "result" : "error", set.Attribute("type"));
        foreach (var refused in new[] { get, set }.Where(static iq => iq.Attribute("type") == "error"))
        {
            refused.IsError("forbidden", "auth");
        }
    }

    [Fact]
    public async Task Messages_are_sent_in_the_name_of_an_account_or_the_server()
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges { Messages = true });
        await server.CreateAccountAsync(Juliet);
        var romeo = await server.LoginAsync(Romeo);
        var component = await server.ComponentAsync(Plays);
        await component.ReceiveAsync();

        foreach (var sender in (string[])[Juliet, "example.org"])
        {
            await component.SendAsync(Wrapped($"<message from='{sender}' id='foo' to='{Romeo}' xmlns='jabber:client'><event xmlns='{PubSub}#event'><items node='tune'/></event></message>"));

            var notification = await romeo.MessageAsync();
            Assert.Equal((sender, Romeo, "foo"), (notification.Attribute("from"), notification.Attribute("to"), notification.Attribute("id")));
            Assert.NotNull(notification.Child("event", $"{PubSub}#event"));
        }

        await component.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("<message from='juliet@example.org/balcony' to='romeo@example.org' xmlns='jabber:client'/>", "forbidden", "auth")]
    [InlineData("<message from='nobody@example.org' to='romeo@example.org' xmlns='jabber:client'/>", "forbidden", "auth")]
    [InlineData("<message from='juliet@example.net' to='romeo@example.org' xmlns='jabber:client'/>", "forbidden", "auth")]
    [InlineData("<message from='a@plays.example.org' to='romeo@example.org' xmlns='jabber:client'/>", "forbidden", "auth")]
    [InlineData("<message to='romeo@example.org' xmlns='jabber:client'/>", "forbidden", "auth")]
    [InlineData("<message from='juliet@example.org' xmlns='jabber:client'/>", "bad-request", "modify")]
    [InlineData("<iq type='get' id='i' from='juliet@example.org' to='romeo@example.org' xmlns='jabber:client'/>", "bad-request", "modify")]
    [InlineData("", "bad-request", "modify")]
    public async Task Other_senders_are_forbidden(string message, string condition, string type)
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges { Messages = true });
        await server.CreateAccountAsync(Juliet);
        var romeo = await server.OnlineAsync(Romeo);
        var component = await server.ComponentAsync(Plays);
        await component.ReceiveAsync();

        await component.SendAsync(Wrapped(message));

        var error = await component.ReceiveAsync();
        Assert.Equal("notif1", error.Attribute("id"));
        error.IsError(condition, type);
        await romeo.ExpectNothingAsync();
    }

    [Fact]
    public async Task Without_permission_nothing_is_sent_by_anybody()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync(Juliet);
        var romeo = await server.OnlineAsync(Romeo);
        var component = await server.ComponentAsync(Plays);
        var message = Wrapped($"<message from='{Juliet}' to='{Romeo}' xmlns='jabber:client'><body>x</body></message>");

        await component.SendAsync(message);
        (await component.ReceiveAsync()).IsError("forbidden", "auth");

        await romeo.SendAsync(message.Replace($"from='{Plays}' ", "", StringComparison.Ordinal));
        (await romeo.ReceiveAsync()).IsError("service-unavailable", "cancel");
        (await romeo.IqAsync("set", Juliet, $"<privileged_iq xmlns='{Namespace}'/>")).IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task A_request_is_made_in_the_name_of_an_account()
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges { IqSet = { PubSub } });
        await server.CreateAccountAsync(Juliet);
        var romeo = await server.LoginAsync(Romeo);
        var component = await server.ComponentAsync(Plays);
        await component.ReceiveAsync();

        await component.SendAsync(Request($"<iq xmlns='jabber:client' type='set' to='{Romeo}' id='sub_1'><pubsub xmlns='{PubSub}'><subscribe node='n'/></pubsub></iq>"));
        var request = await romeo.ReceiveAsync();
        Assert.Equal(("set", Juliet, Romeo), (request.Attribute("type"), request.Attribute("from"), request.Attribute("to")));
        await romeo.SendAsync($"<iq type='result' to='{Juliet}' id='{request.Attribute("id")}'><pubsub xmlns='{PubSub}'><subscription subid='some_id'/></pubsub></iq>");

        var answer = await component.ReceiveAsync();
        Assert.Equal(("result", Juliet, Plays, "priv_iq_1"), (answer.Attribute("type"), answer.Attribute("from"), answer.Attribute("to"), answer.Attribute("id")));
        var reply = answer.Child("privilege", Namespace)!.Value.Child("forwarded", "urn:xmpp:forward:0")!.Value.Child("iq", "jabber:client")!.Value;
        Assert.Equal(("result", Romeo, Juliet, "sub_1"), (reply.Attribute("type"), reply.Attribute("from"), reply.Attribute("to"), reply.Attribute("id")));
        Assert.NotNull(reply.Child("pubsub", PubSub));

        // The answer is not waited for twice, nor by anybody else.
        await romeo.SendAsync($"<iq type='result' to='{Juliet}' id='{request.Attribute("id")}'/>");
        await component.ExpectNothingAsync(romeo);
    }

    [Fact]
    public async Task An_error_and_silence_are_told_too()
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges { IqSet = { PubSub } });
        await server.CreateAccountAsync(Juliet);
        await server.LoginAsync(Romeo);
        var component = await server.ComponentAsync(Plays);
        await component.ReceiveAsync();

        await component.SendAsync(Request($"<iq xmlns='jabber:client' type='set' id='sub_1'><pubsub xmlns='{PubSub}'/></iq>"));
        var answer = await component.ReceiveAsync();
        var reply = answer.Child("privilege", Namespace)!.Value.Child("forwarded", "urn:xmpp:forward:0")!.Value.Child("iq", "jabber:client")!.Value;
        reply.IsError("service-unavailable", "cancel");
        Assert.Equal("sub_1", reply.Attribute("id"));

        await component.SendAsync(Request($"<iq xmlns='jabber:client' type='set' to='{Romeo}' id='sub_2'><pubsub xmlns='{PubSub}'/></iq>"));
        await component.BarrierAsync();
        server.Time.Advance(TimeSpan.FromSeconds(61));
        var error = await component.ReceiveAsync();
        Assert.Equal("priv_iq_1", error.Attribute("id"));
        error.IsError("remote-server-timeout", "wait");
    }

    [Theory]
    [InlineData("<iq xmlns='jabber:client' type='get' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>", Juliet)]
    [InlineData("<iq xmlns='jabber:client' type='set' id='1'><query xmlns='jabber:iq:private'/></iq>", Juliet)]
    [InlineData("<iq xmlns='urn:x' type='set' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>", Juliet)]
    [InlineData("<iq xmlns='jabber:client' type='set' id='1' from='romeo@example.org'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>", Juliet)]
    [InlineData("<iq xmlns='jabber:client' type='set' id='1' from='juliet@example.org/balcony'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>", Juliet)]
    [InlineData("<iq xmlns='jabber:client' type='set' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>", "nobody@example.org")]
    [InlineData("<iq xmlns='jabber:client' type='set' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>", Balcony)]
    [InlineData("<iq xmlns='jabber:client' type='set' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>", "example.org")]
    [InlineData("", Juliet)]
    public async Task Other_requests_are_forbidden(string inner, string to)
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges { IqSet = { PubSub } });
        await server.CreateAccountAsync(Juliet);
        var component = await server.ComponentAsync(Plays);
        await component.ReceiveAsync();

        await component.SendAsync(Request(inner, to));

        (await component.ReceiveAsync()).IsError("forbidden", "auth");
    }

    [Fact]
    public async Task Presence_of_accounts_is_told_when_they_come_and_go()
    {
        await using var server = await StartAsync(privileges: new ComponentPrivileges { Presence = true });
        var romeo = await server.OnlineAsync(Romeo);
        var component = await server.ComponentAsync(Plays);
        await component.ReceiveAsync();
        Assert.Equal(Plays, (await component.PresenceFromAsync(Romeo)).Attribute("to"));

        var juliet = await server.LoginAsync(Balcony);
        await juliet.SendAsync("<presence id='presence1' xml:lang='en'><show>chat</show><status>Staying on the balcony</status></presence>");
        await juliet.BarrierAsync();
        XmlElement presence = await component.PresenceFromAsync(Balcony);
        Assert.Equal((Plays, "presence1", "chat"), (presence.Attribute("to"), presence.Attribute("id"), presence.Child("show", presence.NamespaceUri)?.Text));

        await juliet.SendAsync("<presence><show>away</show></presence>");
        await component.ExpectNothingAsync(juliet);
        await juliet.SendAsync("<presence type='unavailable'/>");
        await juliet.BarrierAsync();
        await component.PresenceFromAsync(Balcony, "unavailable");
        await romeo.DisposeAsync();
        await component.PresenceFromAsync(Romeo, "unavailable");
        await component.ExpectNothingAsync(juliet);
    }

    private static string Wrapped(string message) =>
        $"<message from='{Plays}' to='example.org' id='notif1'><privilege xmlns='{Namespace}'><forwarded xmlns='urn:xmpp:forward:0'>{message}</forwarded></privilege></message>";

    private static string Request(string inner, string to = Juliet) =>
        $"<iq from='{Plays}' to='{to}' type='set' id='priv_iq_1'><privileged_iq xmlns='{Namespace}'>{inner}</privileged_iq></iq>";
}
