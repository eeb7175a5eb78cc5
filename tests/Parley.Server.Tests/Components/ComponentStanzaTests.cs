using Parley.Protocol;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;
using Parley.Server.Hosting;
using Parley.Server.Sessions.Components;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Components.ComponentServer;

namespace Parley.Server.Tests.Components;

/// <summary>XEP-0114 §3: what a component sends and gets.</summary>
public class ComponentStanzaTests
{
    private const string Juliet = "juliet@example.org/balcony";

    [Fact]
    public async Task Messages_go_both_ways_in_the_namespace_of_each_stream()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.LoginAsync(Juliet);

        await component.SendAsync($"<message from='romeo@{Plays}/x' to='{Juliet}' type='chat' xml:lang='en'><body>Hi</body><thread xmlns='jabber:component:accept'>t</thread></message>");
        var received = await juliet.MessageAsync();
        Assert.Equal((Namespaces.Client, $"romeo@{Plays}/x", Juliet, "chat"), (received.NamespaceUri, received.Attribute("from"), received.Attribute("to"), received.Attribute("type")));
        Assert.Equal("Hi", received.Child("body", Namespaces.Client)?.Text);
        Assert.Equal("t", received.Child("thread", Namespaces.Client)?.Text);

        await juliet.SendAsync($"<message to='romeo@{Plays}/any' id='1'><body>Ho</body><subject xmlns='jabber:client'>s</subject></message>");
        received = await component.MessageAsync();
        Assert.Equal((Namespaces.ComponentAccept, Juliet, $"romeo@{Plays}/any"), (received.NamespaceUri, received.Attribute("from"), received.Attribute("to")));
        Assert.Equal("Ho", received.Child("body", Namespaces.ComponentAccept)?.Text);
        Assert.Equal("s", received.Child("subject", Namespaces.ComponentAccept)?.Text);
    }

    [Theory]
    [InlineData("plays.example.org")]
    [InlineData("plays.example.org/x")]
    [InlineData("a@plays.example.org")]
    [InlineData("a@plays.example.org/x")]
    public async Task Requests_are_answered_whatever_the_address(string address)
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.LoginAsync(Juliet);

        await juliet.SendAsync($"<iq type='get' id='q' to='{address}'><query xmlns='jabber:iq:version'/></iq>");
        var request = await component.ReceiveAsync();
        Assert.Equal(("get", Juliet, address), (request.Attribute("type"), request.Attribute("from"), request.Attribute("to")));
        await component.SendAsync($"<iq type='result' id='q' from='{address}' to='{Juliet}'><query xmlns='jabber:iq:version'><name>Plays</name></query></iq>");

        var reply = await juliet.ReceiveAsync();
        Assert.Equal(address, reply.Attribute("from"));
        Assert.Equal("Plays", reply.IsResult()!.Value.Child("name", "jabber:iq:version")?.Text);
    }

    [Fact]
    public async Task A_components_request_is_answered()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.LoginAsync(Juliet);

        (await component.IqAsync("get", "example.org", "<ping xmlns='urn:xmpp:ping'/>")).IsResult();
        (await component.IqAsync("get", "example.org", "<unknown xmlns='urn:x'/>")).IsError("service-unavailable", "cancel");
        (await component.IqAsync("get", "nobody@example.org", "<vCard xmlns='vcard-temp'/>")).IsError("service-unavailable", "cancel");
        (await component.IqAsync("get", "elsewhere.example", "<ping xmlns='urn:xmpp:ping'/>")).IsError("remote-server-not-found", "cancel");
        (await component.IqAsync("get", "example.org", "")).IsError("bad-request", "modify");

        await component.SendAsync($"<iq type='get' id='j' from='a@{Plays}/x' to='{Juliet}'><query xmlns='jabber:iq:version'/></iq>");
        var request = await juliet.ReceiveAsync();
        await juliet.SendAsync($"<iq type='error' id='j' to='{request.Attribute("from")}'><error type='cancel'><feature-not-implemented xmlns='{Namespaces.StanzaErrors}'/></error></iq>");
        var reply = await component.ReceiveAsync();
        Assert.Equal($"a@{Plays}/x", reply.Attribute("to"));
        reply.IsError("feature-not-implemented", "cancel");
    }

    [Theory]
    [InlineData("from='hamlet@example.org' to='juliet@example.org'", "invalid-from")]
    [InlineData("from='example.org' to='juliet@example.org'", "invalid-from")]
    [InlineData("from='sub.plays.example.org' to='juliet@example.org'", "invalid-from")]
    [InlineData("to='juliet@example.org'", "improper-addressing")]
    [InlineData("from='' to='juliet@example.org'", "improper-addressing")]
    [InlineData("from='@plays.example.org' to='juliet@example.org'", "improper-addressing")]
    [InlineData("from='a@plays.example.org'", "improper-addressing")]
    public async Task Addresses_are_as_between_servers(string addresses, string condition)
    {
        foreach (var stanza in (string[])["<message {0}><body>x</body></message>", "<presence {0}/>", "<iq type='get' id='i' {0}><ping xmlns='urn:xmpp:ping'/></iq>"])
        {
            await using var server = await StartAsync();
            var juliet = await server.LoginAsync(Juliet);
            await juliet.PresenceAsync();
            await juliet.ReceiveAllAsync();
            var component = await server.ComponentAsync(Plays);

            await component.SendAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, stanza, addresses));

            await component.ExpectStreamErrorAsync(condition);
            await juliet.ExpectNothingAsync();
        }
    }

    [Fact]
    public async Task A_recipient_that_is_no_address_is_answered()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);

        await component.SendAsync($"<message from='a@{Plays}' to='@example.org' id='m'><body>x</body></message>");

        var error = await component.ReceiveAsync();
        Assert.Equal(($"a@{Plays}", "m"), (error.Attribute("to"), error.Attribute("id")));
        error.IsError("jid-malformed", "modify");
        await component.SendAsync($"<message from='a@{Plays}' to='@example.org' type='error'/><presence from='a@{Plays}' to='juliet@example.org' type='what'/>");
        (await component.ReceiveAsync()).IsError("bad-request", "modify");
        await component.BarrierAsync();
    }

    [Fact]
    public async Task What_is_no_stanza_ends_the_stream()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);

        await component.SendAsync($"<message xmlns='jabber:client' from='a@{Plays}' to='juliet@example.org'/>");

        await component.ExpectStreamErrorAsync("unsupported-stanza-type");
    }

    [Fact]
    public async Task A_component_that_is_not_there_is_unavailable()
    {
        await using var server = await StartAsync();
        var juliet = await server.LoginAsync(Juliet);

        foreach (var stanza in (string[])["<message to='a@{0}' id='x'><body>x</body></message>", "<presence to='a@{0}' id='x'/>", "<iq type='get' id='x' to='{0}'><ping xmlns='urn:xmpp:ping'/></iq>"])
        {
            await juliet.SendAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, stanza, Plays));
            var error = await juliet.ReceiveAsync();
            Assert.Equal("x", error.Attribute("id"));
            error.IsError("service-unavailable", "cancel");
        }

        await juliet.SendAsync($"<message to='a@{Plays}' type='error'/><iq type='result' id='r' to='{Plays}'/><presence to='a@{Plays}' type='error'/>");
        await juliet.ExpectNothingAsync();
    }

    [Fact]
    public async Task Order_is_kept()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.LoginAsync(Juliet);

        for (var i = 0; i < 300; i++)
        {
            await component.SendAsync($"<message from='a@{Plays}' to='{Juliet}' id='{i}'><body>x</body></message>");
            await juliet.SendAsync($"<message to='a@{Plays}' id='{i}'><body>x</body></message>");
        }

        for (var i = 0; i < 300; i++)
        {
            Assert.Equal($"{i}", (await juliet.MessageAsync()).Attribute("id"));
            Assert.Equal($"{i}", (await component.MessageAsync()).Attribute("id"));
        }
    }

    [Fact]
    public async Task A_message_for_an_account_that_is_away_waits_for_it()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        var component = await server.ComponentAsync(Plays);
        await component.SendAsync($"<message from='a@{Plays}' to='juliet@example.org' type='chat'><body>later</body></message>");
        await component.BarrierAsync();

        var juliet = await server.LoginAsync(Juliet);
        await juliet.PresenceAsync();

        var message = await juliet.MessageAsync();
        Assert.Equal(("later", $"a@{Plays}"), (message.Body(), message.Attribute("from")));
        await component.ExpectNothingAsync();
    }

    [Fact]
    public async Task What_a_component_that_does_not_read_did_not_take_is_answered()
    {
        await using var server = await StartAsync(options => options.MaxComponentOutputBytes = 128 * 1024);
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.LoginAsync(Juliet);
        var text = new string('x', 4000);
        const int count = 120;
        for (var i = 0; i < count; i++)
        {
            await juliet.SendAsync(i % 2 == 0
                ? $"<message to='a@{Plays}' id='{i}'><body>{text}</body></message>"
                : $"<iq type='get' to='{Plays}' id='{i}'><x xmlns='urn:x'>{text}</x></iq>");
        }

        await component.ServedAsync();

        // From the first that was refused on, each is refused once: what fits into what was on the way is not.
        var refused = new SortedSet<int>();
        while (refused.Count < count - ((MemoryConnection.WindowBytes + (16 * 1024)) / text.Length) || refused.Min + refused.Count != count)
        {
            var error = await juliet.ReceiveAsync();
            error.IsError("service-unavailable", "cancel");
            Assert.True(refused.Add(int.Parse(error.Attribute("id")!, System.Globalization.CultureInfo.InvariantCulture)));
        }

        var again = await server.ComponentAsync(Plays);
        await again.BarrierAsync();
    }

    [Fact]
    public async Task A_fault_while_what_it_showed_is_taken_back_keeps_nothing_from_the_others()
    {
        await using var server = await XmppTestServer.StartAsync(
            static options =>
            {
                options.Components[Plays] = new ComponentOptions { Secret = ComponentServer.Secret };
                options.MaxComponentOutputBytes = 128 * 1024;
            },
            static builder => builder.AddModule<Faulty>());
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.OnlineAsync(Juliet);
        await component.SendAsync($"<presence from='faulty@{Plays}/a' to='{Juliet}'/><presence from='sound@{Plays}/a' to='{Juliet}'/>");
        await component.BarrierAsync();
        await juliet.ReceiveAllAsync();
        const int count = 100;
        var text = new string('x', 4000);
        for (var i = 0; i < count; i++)
        {
            await juliet.SendAsync($"<message to='a@{Plays}' id='{i}'><body>{text}</body></message>");
        }

        await component.ServedAsync();

        var refused = new SortedSet<int>();
        var isTakenBack = false;
        while (refused.Count < count - ((MemoryConnection.WindowBytes + (16 * 1024)) / text.Length) || refused.Min + refused.Count != count || !isTakenBack)
        {
            var came = await juliet.ReceiveAsync();
            if (came.LocalName == "presence")
            {
                Assert.Equal(($"sound@{Plays}/a", "unavailable"), (came.Attribute("from"), came.Attribute("type")));
                isTakenBack = true;
            }
            else
            {
                came.IsError("service-unavailable", "cancel");
                Assert.True(refused.Add(int.Parse(came.Attribute("id")!, System.Globalization.CultureInfo.InvariantCulture)));
            }
        }

        Assert.Contains("out of order", Assert.Single(server.Faults), StringComparison.Ordinal);
        server.Faults.Clear();
    }

    [Fact]
    public async Task A_component_may_send_more_than_a_client_and_not_without_end()
    {
        await using var server = await StartAsync(options =>
        {
            options.RateLimits = true;
            options.MaxBytesPerSecond = 1024;
            options.MaxComponentBytesPerSecond = 100_000;
        });
        await server.CreateAccountAsync("juliet@example.org");
        var component = await server.ComponentAsync(Plays);
        var stanza = $"<message from='a@{Plays}' to='nobody@example.org' type='headline'><body>{new string('x', 90_000)}</body></message>";
        for (var i = 0; i < 4; i++)
        {
            await component.SendAsync(stanza);
        }

        await component.BarrierAsync();
        await component.SendAsync(stanza + stanza);
        await server.Time.WhenDelayedAsync();
        server.Time.Advance(TimeSpan.FromSeconds(4));
        await component.BarrierAsync();
    }

    // Something that is out of order when a contact goes.
    private sealed class Faulty : IXmppModule
    {
        public void Configure(ModuleBuilder module) => module.AtStage(Stage.PreRoute, static (delivery, _) =>
            delivery.Stanza is { Kind: StanzaKind.Presence, Type: StanzaType.Unavailable, From: { } from } && from.ToString().StartsWith("faulty@", StringComparison.Ordinal)
                ? throw new InvalidOperationException("out of order")
                : new(Verdict.Continue));
    }
}
