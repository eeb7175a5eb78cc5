using Microsoft.Extensions.Options;
using Parley.Protocol.Xml;
using Parley.Server.Sessions.Components;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Components.ComponentServer;

namespace Parley.Server.Tests.Components;

/// <summary>XEP-0355 in admin mode, its examples: a component answers in the place of the server, and nobody can tell.</summary>
public class DelegationTests
{
    private const string Namespace = "urn:xmpp:delegation:2";
    private const string PubSub = "http://jabber.org/protocol/pubsub";
    private const string Info = "http://jabber.org/protocol/disco#info";
    private const string Mood = $"<pubsub xmlns='{PubSub}'><publish node='mood'/></pubsub>";
    private const string Juliet = "juliet@example.org";
    private const string Balcony = "juliet@example.org/balcony";

    [Fact]
    public async Task Delegated_namespaces_are_advertised()
    {
        await using var server = await StartAsync(PubSub, "urn:xmpp:mam:2 node");
        var component = await server.ComponentAsync(Plays);

        var message = await component.ReceiveAsync();

        Assert.Equal(("message", "example.org", Plays), (message.LocalName, message.Attribute("from"), message.Attribute("to")));
        Assert.Equal(
            "<delegation xmlns='urn:xmpp:delegation:2'><delegated namespace='http://jabber.org/protocol/pubsub'/>"
            + "<delegated namespace='urn:xmpp:mam:2'><attribute name='node'/></delegated></delegation>",
            message.Child("delegation", Namespace)!.Value.ToText().Replace('"', '\''));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Juliet)]
    [InlineData("example.org")]
    public async Task A_request_is_answered_by_the_component(string? to)
    {
        await using var server = await StartAsync(PubSub);
        var component = await ConnectAsync(server);
        var juliet = await server.LoginAsync(Balcony);
        var address = to is null ? "" : $" to='{to}'";

        await juliet.SendAsync($"<iq type='set' id='pep1'{address}>{Mood}</iq>");
        var (delegated, inner) = await DelegatedAsync(component);
        Assert.Equal(("set", "example.org", Plays), (delegated.Attribute("type"), delegated.Attribute("from"), delegated.Attribute("to")));
        Assert.Equal(("set", Balcony, "pep1"), (inner.Attribute("type"), inner.Attribute("from"), inner.Attribute("id")));
        Assert.NotNull(inner.Child("pubsub", PubSub)!.Value.Child("publish", PubSub));
        await ReplyAsync(component, delegated, $"<iq to='{Balcony}' id='pep1' type='result' xmlns='jabber:client'><pubsub xmlns='{PubSub}'/></iq>");

        var answer = await juliet.ReceiveAsync();
        Assert.Equal((to ?? Juliet, "pep1"), (answer.Attribute("from"), answer.Attribute("id")));
        Assert.True(answer.IsResult()!.Value.Is("pubsub", PubSub));
        await component.ExpectNothingAsync(juliet);
    }

    [Theory]
    [InlineData("<iq to='romeo@example.org' id='pep1' type='result' xmlns='jabber:client'/>")]
    [InlineData("<iq to='juliet@example.org/balcony' from='romeo@example.org' id='pep1' type='result' xmlns='jabber:client'/>")]
    [InlineData("<iq to='juliet@example.org/balcony' id='pep2' type='result' xmlns='jabber:client'/>")]
    [InlineData("<iq to='juliet@example.org/balcony' id='pep1' type='set' xmlns='jabber:client'/>")]
    [InlineData("<iq to='juliet@example.org/balcony' id='pep1' type='error' xmlns='jabber:client'/>")]
    [InlineData("<message to='juliet@example.org/balcony' id='pep1' type='result' xmlns='jabber:client'/>")]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_bad_answer_is_none(string? inner)
    {
        await using var server = await StartAsync(PubSub);
        var component = await ConnectAsync(server);
        var juliet = await server.LoginAsync(Balcony);
        await juliet.SendAsync($"<iq type='set' id='pep1'>{Mood}</iq>");
        var (delegated, _) = await DelegatedAsync(component);

        if (inner is null)
        {
            await component.SendAsync($"<iq type='error' from='{Plays}' to='example.org' id='{delegated.Attribute("id")}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        }
        else
        {
            await ReplyAsync(component, delegated, inner);
        }

        var error = await juliet.ReceiveAsync();
        Assert.Equal((Juliet, "pep1"), (error.Attribute("from"), error.Attribute("id")));
        error.IsError("service-unavailable", "cancel");
        await ReplyAsync(component, delegated, $"<iq to='{Balcony}' id='pep1' type='result' xmlns='jabber:client'/>");
        await juliet.ExpectNothingAsync(component);
    }

    [Fact]
    public async Task Silence_and_absence_are_service_unavailable()
    {
        await using var server = await StartAsync(PubSub);
        var juliet = await server.LoginAsync(Balcony);
        (await juliet.IqAsync("set", null, Mood)).IsError("service-unavailable", "cancel");

        await ConnectAsync(server);
        await juliet.SendAsync($"<iq type='set' id='pep1'>{Mood}</iq>");
        await juliet.BarrierAsync();
        server.Time.Advance(TimeSpan.FromSeconds(61));
        (await juliet.ReceiveAsync()).IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task Other_requests_are_the_servers_own()
    {
        await using var server = await StartAsync("jabber:iq:private node", PubSub);
        var component = await ConnectAsync(server);
        var juliet = await server.LoginAsync(Balcony);
        var romeo = await server.LoginAsync("romeo@example.org/orchard");

        // Without the attribute, to a full JID, to nobody, and from the component itself.
        (await juliet.IqAsync("get", null, "<query xmlns='jabber:iq:private'><notes xmlns='urn:n'/></query>")).IsResult();
        await juliet.SendAsync($"<iq type='get' id='full' to='romeo@example.org/orchard'>{Mood}</iq>");
        Assert.Equal("full", (await romeo.ReceiveAsync()).Attribute("id"));
        (await juliet.IqAsync("get", "nobody@example.org", Mood)).IsError("service-unavailable", "cancel");
        (await component.IqAsync("get", Juliet, Mood)).IsError("service-unavailable", "cancel");
        await component.ExpectNothingAsync(juliet);

        await juliet.SendAsync("<iq type='get' id='node'><query xmlns='jabber:iq:private' node='n'/></iq>");
        Assert.Equal("node", (await DelegatedAsync(component)).Inner.Attribute("id"));
    }

    [Fact]
    public async Task A_component_acts_for_an_account_on_what_is_delegated_to_it()
    {
        await using var server = await ComponentServer.StartAsync(
            options => options.Components[Plays].Delegations.Add("jabber:iq:roster"), new ComponentPrivileges { Roster = RosterAccess.Both, RosterPushes = false, IqSet = { "jabber:iq:roster" } });
        var component = await ConnectAsync(server, advertisements: 2);
        await server.LoginAsync(Balcony);
        const string item = "<query xmlns='jabber:iq:roster'><item jid='romeo@example.net'><group>Rivals</group></item></query>";

        (await component.IqAsync("set", Juliet, item)).IsResult();
        var wrapped = await component.IqAsync("set", Juliet, $"<privileged_iq xmlns='urn:xmpp:privilege:2'><iq xmlns='jabber:client' type='set' id='i'>{item}</iq></privileged_iq>");
        wrapped.IsResult()!.Value.Child("forwarded", "urn:xmpp:forward:0")!.Value.Child("iq", "jabber:client")!.Value.IsResult();
        await component.ExpectNothingAsync();
    }

    [Fact]
    public async Task What_the_component_says_of_itself_stands_in_service_discovery()
    {
        await using var server = await StartAsync("jabber:iq:private");
        var juliet = await server.LoginAsync(Balcony);
        var before = await FeaturesAsync(juliet, Juliet);
        Assert.Contains("vcard-temp", before);
        Assert.DoesNotContain("jabber:iq:private", before);
        Assert.Contains(Namespace, await FeaturesAsync(juliet, "example.org"));

        var component = await server.ComponentAsync(Plays);
        await component.ReceiveAsync();
        foreach (var (separator, feature) in new[] { ("::", "urn:server"), (":bare:", "urn:account") })
        {
            var request = await component.ReceiveAsync();
            Assert.Equal($"{Namespace}{separator}jabber:iq:private", request.Child("query", Info)!.Value.Attribute("node"));
            await component.SendAsync($"<iq type='result' from='{Plays}' to='example.org' id='{request.Attribute("id")}'><query xmlns='{Info}'><identity category='pubsub' type='pep'/><feature var='{feature}'/></query></iq>");
        }

        await component.BarrierAsync();
        var account = await FeaturesAsync(juliet, Juliet);
        Assert.Contains("urn:account", account);
        Assert.DoesNotContain("jabber:iq:private", account);
        var domain = await FeaturesAsync(juliet, "example.org");
        Assert.Contains("urn:server", domain);
        Assert.DoesNotContain("urn:account", domain);
        Assert.Equal(domain.Order(StringComparer.Ordinal), domain);
    }

    [Theory]
    [InlineData(" ", "Components:plays.example.org:Delegations: one is empty; it takes a namespace, such as 'http://jabber.org/protocol/pubsub'.")]
    [InlineData("urn:x attribute", "Components:plays.example.org:Delegations: 'urn:x attribute' is delegated already; a namespace has one component.")]
    public async Task What_does_not_do_is_refused_at_start(string delegation, string failure)
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync("urn:x", delegation));

        Assert.Equal(failure, Assert.Single(refusal.Failures));
    }

    private static Task<XmppTestServer> StartAsync(params string[] delegations) => ComponentServer.StartAsync(options =>
    {
        foreach (var delegation in delegations)
        {
            options.Components[Plays].Delegations.Add(delegation);
        }
    });

    private static async Task<TestClient> ConnectAsync(XmppTestServer server, int advertisements = 1)
    {
        var component = await server.ComponentAsync(Plays);
        for (var i = 0; i < advertisements; i++)
        {
            await component.MessageAsync();
        }

        foreach (var request in (await component.ReceiveAllAsync()).Where(static stanza => stanza.LocalName == "iq"))
        {
            await component.SendAsync($"<iq type='error' from='{Plays}' to='example.org' id='{request.Attribute("id")}'/>");
        }

        return component;
    }

    private static async Task<(XmlElement Outer, XmlElement Inner)> DelegatedAsync(TestClient component)
    {
        var outer = await component.ReceiveAsync();
        return (outer, outer.Child("delegation", Namespace)!.Value.Child("forwarded", "urn:xmpp:forward:0")!.Value.Child("iq", "jabber:client")!.Value);
    }

    private static Task ReplyAsync(TestClient component, XmlElement delegated, string inner) => component.SendAsync(
        $"<iq from='{Plays}' to='example.org' id='{delegated.Attribute("id")}' type='result'><delegation xmlns='{Namespace}'><forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></delegation></iq>");

    private static async Task<List<string>> FeaturesAsync(TestClient client, string entity)
    {
        List<string> features = [];
        foreach (var child in (await client.IqAsync("get", entity, $"<query xmlns='{Info}'/>")).IsResult()!.Value.Children)
        {
            if (child.LocalName == "feature")
            {
                features.Add(child.Attribute("var")!);
            }
        }

        return features;
    }
}
