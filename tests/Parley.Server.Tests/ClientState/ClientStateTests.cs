using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;
using Parley.Server.Storage;
using Parley.Server.Tests.Carbons;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.ClientState;

/// <summary>XEP-0352, and the policy of docs/mobile.md.</summary>
public class ClientStateTests
{
    private const string Active = "<active xmlns='urn:xmpp:csi:0'/>";
    private const string Inactive = "<inactive xmlns='urn:xmpp:csi:0'/>";
    private const string Composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
    private const string Paused = "<paused xmlns='http://jabber.org/protocol/chatstates'/>";

    /// <summary>Stanzas for the phone, and whether they wait while it is inactive.</summary>
    public static TheoryData<string, bool> Stanzas => new()
    {
        { "<presence to='{0}'/>", true },
        { "<presence to='{0}'><show>away</show><x xmlns='http://jabber.org/protocol/muc#user'><item role='participant'/></x></presence>", true },
        { "<presence to='{0}' type='unavailable'/>", true },
        { "<presence to='{0}'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>", false },
        { "<presence to='{0}' type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>", false },
        { "<presence to='{1}' type='subscribe'/>", false },
        { "<message to='{0}' type='chat'>" + Composing + "</message>", true },
        { "<message to='{0}' type='groupchat'>" + Composing + "</message>", true },
        { "<message to='{0}' type='chat'>" + Composing + "<thread>t</thread><no-store xmlns='urn:xmpp:hints'/></message>", true },
        { "<message to='{0}' type='chat'>" + Composing + "<body>Hi</body></message>", false },
        { "<message to='{0}'>" + Composing + "</message>", false },
        { "<message to='{0}' type='chat'><body>Hi</body></message>", false },
        { "<message to='{0}' type='chat'/>", false },
        { "<message to='{0}' type='groupchat'><subject>Hi</subject></message>", false },
        { "<message to='{0}' type='chat'><received xmlns='urn:xmpp:receipts' id='1'/></message>", false },
        { "<message to='{0}' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>", false },
        { "<message to='{0}' type='error'>" + Composing + "</message>", false },
        { "<message to='{0}' type='headline'>" + Event("<items node='n'><item id='1'/></items>") + "</message>", true },
        { "<message to='{0}' type='headline'>" + Event("<purge node='n'/>") + "</message>", true },
        { "<message to='{0}' type='headline'>" + Event("<items node='n'><item id='1'/></items>") + "<body>Hi</body></message>", false },
        { "<message to='{0}'>" + Event("<items node='n'><item id='1'/></items>") + "</message>", false },
        { "<message to='{0}' type='headline'><body>Hi</body></message>", false },
        { "<iq to='{0}' type='get' id='1'><query xmlns='jabber:iq:version'/></iq>", false },
        { "<iq to='{0}' type='result' id='1'/>", false },

        // Copies that somebody makes up are not looked into.
        { "<message to='{0}' type='chat'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat'>" + Composing
            + "</message></forwarded></sent></message>", false },
    };

    [Fact]
    public async Task It_is_advertised_after_authentication()
    {
        await using var server = await XmppTestServer.StartAsync();
        await using var unlike = await XmppTestServer.StartAsync(static options => options.MaxHeldBytes = 0);

        Assert.Null((await server.OpenAsync()).Features.Child("csi", "urn:xmpp:csi:0"));
        Assert.NotNull((await server.LoginAsync("romeo@example.org/phone")).Features.Child("csi", "urn:xmpp:csi:0"));
        Assert.Null((await unlike.LoginAsync("romeo@example.org/phone")).Features.Child("csi", "urn:xmpp:csi:0"));
    }

    [Theory]
    [InlineData(Active)]
    [InlineData(Inactive)]
    public async Task Before_authentication_it_ends_the_stream(string element)
    {
        await using var server = await XmppTestServer.StartAsync();
        var anybody = await server.OpenAsync();

        await anybody.SendAsync(element);

        await anybody.ExpectStreamErrorAsync("not-authorized");
    }

    [Theory]
    [InlineData(Active)]
    [InlineData(Inactive)]
    public async Task Before_a_resource_is_bound_it_changes_nothing(string element)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("romeo@example.org");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var phone = await server.OpenAsync();
        await phone.AuthenticateAsync("romeo", XmppTestServer.Password);

        await phone.SendAsync(element);
        await phone.BindAsync("phone");

        await juliet.SendAsync("<presence to='romeo@example.org/phone'/>");
        Assert.Equal("presence", (await phone.ReceiveAsync()).LocalName);
    }

    [Fact]
    public async Task Neither_element_is_answered_however_often_it_comes()
    {
        await using var server = await XmppTestServer.StartAsync();
        var phone = await server.LoginAsync("romeo@example.org/phone");

        await phone.SendAsync(Active + Inactive + Inactive + Active + Active + Inactive);

        await phone.ExpectNothingAsync();
    }

    [Theory]
    [MemberData(nameof(Stanzas))]
    public async Task What_waits_and_what_does_not(string format, bool waits)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var nurse = await server.LoginAsync("nurse@example.org/kitchen");
        var phone = await LoginInactiveAsync(server);
        var stanza = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, phone.Jid, phone.BareJid);
        var name = stanza[1..stanza.IndexOf(' ', StringComparison.Ordinal)];

        // What waits was not said by the same party about the same thing, or this would take its place.
        await nurse.SendAsync($"<presence to='{phone.Jid}'><status>held</status></presence>");
        await nurse.BarrierAsync();
        await juliet.SendAsync(name == "iq" ? stanza : stanza.Replace($"<{name} to", $"<{name} id='1' to", StringComparison.Ordinal));
        await juliet.BarrierAsync();
        if (waits)
        {
            await ExpectHeldAsync(phone);
            await phone.SendAsync(Active);
        }

        // What cannot wait brings what came before it.
        Assert.Equal("held", (await StanzaAsync(phone)).Child("status", "jabber:client")?.Text);
        var arrived = await StanzaAsync(phone);
        Assert.Equal(name, arrived.LocalName);
        Assert.Equal("1", arrived.Attribute("id"));
    }

    [Fact]
    public async Task The_answer_to_the_next_request_comes_after_what_waited()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var phone = await LoginInactiveAsync(server);
        await juliet.SendAsync($"<presence to='{phone.Jid}'/>");
        await juliet.BarrierAsync();

        await phone.SendAsync(Active + "<iq to='example.org' id='ping1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>");

        Assert.Equal("presence", (await StanzaAsync(phone)).LocalName);
        Assert.Equal("ping1", (await StanzaAsync(phone)).Attribute("id"));
    }

    [Fact]
    public async Task Of_each_thing_the_latest_remains_in_order()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var nurse = await server.LoginAsync("nurse@example.org/kitchen");
        var phone = await LoginInactiveAsync(server);
        string[] sent =
        [
            "<presence to='{0}' id='0'/>",
            "<message to='{0}' type='chat' id='1'>" + Composing + "</message>",
            "<presence to='{0}' id='2'><show>away</show></presence>",
            "<message to='{0}' type='headline' id='3'>" + Event("<items node='a'><item id='x'/></items>") + "</message>",
            "<message to='{0}' type='headline' id='4'>" + Event("<items node='a'><item id='y'/></items>") + "</message>",
            "<message to='{0}' type='headline' id='5'>" + Event("<items node='b'><item id='x'/></items>") + "</message>",
            "<message to='{0}' type='headline' id='6'>" + Event("<purge node='a'/>") + "</message>",
            "<message to='{0}' type='headline' id='7'>" + Event("<items node='a'><item id='x'/></items>") + "</message>",
            "<message to='{0}' type='headline' id='8'>" + Event("<items node='a'><item/></items>") + "</message>",
            "<message to='{0}' type='headline' id='9'>" + Event("<items node='a'><item/></items>") + "</message>",
            "<message to='{0}' type='headline' id='10'>" + Event("<items node='b'><retract id='x'/></items>") + "</message>",
            "<message to='{0}' type='headline' id='11'>" + Event("<items node='a'><item id='x'/><item id='y'/></items>") + "</message>",
            "<message to='{0}' type='chat' id='12'>" + Paused + "</message>",
            "<presence to='{0}' id='13' type='unavailable'/>",
        ];
        await nurse.SendAsync($"<presence to='{phone.Jid}' id='n'/>");
        await nurse.BarrierAsync();
        foreach (var format in sent)
        {
            await juliet.SendAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, phone.Jid));
        }

        await juliet.SendAsync($"<message to='{phone.Jid}' id='m'><body>Hi</body></message>");

        List<string?> arrived = [];
        while (arrived is not [.., "m"])
        {
            arrived.Add((await StanzaAsync(phone)).Attribute("id"));
        }

        Assert.Equal(["n", "4", "6", "7", "8", "9", "10", "11", "12", "13", "m"], arrived);
    }

    [Fact]
    public async Task Copies_of_chat_states_wait_and_those_of_messages_do_not()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var desk = await server.LoginAsync("romeo@example.org/desk");
        var phone = await LoginInactiveAsync(server, withCarbons: true);

        await juliet.SendAsync($"<message to='{desk.Jid}' type='chat' id='1'>{Composing}</message><message to='{desk.Jid}' type='chat' id='2'>{Paused}</message>");
        await juliet.BarrierAsync();
        await desk.SendAsync($"<message to='{juliet.Jid}' type='chat' id='3'>{Composing}</message>");
        await desk.BarrierAsync();
        await ExpectHeldAsync(phone);

        await desk.SendAsync($"<message to='{juliet.Jid}' type='chat' id='4'><body>Hi</body></message>");

        Assert.Equal("2", (await phone.CopyAsync("received")).Attribute("id"));
        Assert.Equal("3", (await phone.CopyAsync("sent")).Attribute("id"));
        Assert.Equal("4", (await phone.CopyAsync("sent")).Attribute("id"));
    }

    [Fact]
    public async Task What_waits_is_bounded()
    {
        const int size = 1000;
        await using var server = await XmppTestServer.StartAsync(static options => options.MaxHeldBytes = 10 * size);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var phone = await LoginInactiveAsync(server);

        // The same again and again takes no more room.
        for (var i = 0; i < 20; i++)
        {
            await juliet.SendAsync($"<presence to='{phone.Jid}' id='p{i}'><status>{new string('x', size)}</status></presence>");
        }

        await juliet.BarrierAsync();
        await ExpectHeldAsync(phone);

        // What is always new does, and is sent before it is too much.
        for (var i = 0; i < 9; i++)
        {
            await juliet.SendAsync($"<message to='{phone.Jid}' type='headline' id='{i}'>{Event($"<items node='n'><item id='{i}'>{new string('x', size)}</item></items>")}</message>");
        }

        Assert.Equal("p19", (await StanzaAsync(phone)).Attribute("id"));
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal($"{i}", (await StanzaAsync(phone)).Attribute("id"));
        }

        await phone.SendAsync(Active);
        Assert.Equal("8", (await StanzaAsync(phone)).Attribute("id"));
    }

    [Fact]
    public async Task What_waits_for_a_session_that_ends_is_dropped_and_the_next_one_is_active()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var phone = await LoginInactiveAsync(server);
        await juliet.SendAsync($"<presence to='{phone.Jid}' id='1'/><message to='{phone.Jid}' type='chat' id='2'>{Composing}<origin-id xmlns='urn:xmpp:sid:0' id='2'/></message>");
        await juliet.BarrierAsync();

        await phone.SendAsync("</stream:stream>");
        await phone.ServedAsync();
        Assert.Equal(0, await server.Get<IOfflineStore>().CountAsync(Jid.Parse("romeo@example.org"), CancellationToken.None));
        await juliet.ExpectNothingAsync();

        phone = await server.LoginAsync("romeo@example.org/phone");
        await juliet.SendAsync($"<presence to='{phone.Jid}' id='3'/>");
        Assert.Equal("3", (await phone.ReceiveAsync()).Attribute("id"));
    }

    [Fact]
    public async Task A_resumed_stream_is_active_and_brings_what_waited()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var phone = await server.LoginAsync("romeo@example.org/phone");
        await phone.SendAsync("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        var id = (await phone.ReceiveAsync()).Attribute("id");
        await phone.SendAsync(Inactive);
        await ExpectHeldAsync(phone);
        await juliet.SendAsync($"<presence to='{phone.Jid}' id='1'/>");
        await juliet.BarrierAsync();
        await phone.DisposeAsync();
        await juliet.SendAsync($"<presence to='{phone.Jid}' id='2'/><message to='{phone.Jid}' type='chat' id='3'>{Composing}</message>");
        await juliet.BarrierAsync();

        var again = await server.OpenAsync();
        await again.AuthenticateAsync("romeo", XmppTestServer.Password);
        await again.SendAsync($"<resume xmlns='urn:xmpp:sm:3' previd='{id}' h='0'/>");
        Assert.Equal("resumed", (await again.ReceiveAsync()).LocalName);

        Assert.Equal("2", (await StanzaAsync(again)).Attribute("id"));
        Assert.Equal("3", (await StanzaAsync(again)).Attribute("id"));
        await juliet.SendAsync($"<presence to='{phone.Jid}' id='4'/>");
        Assert.Equal("4", (await StanzaAsync(again)).Attribute("id"));
    }

    [Fact]
    public async Task Nobody_else_sees_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var desk = await server.LoginAsync("romeo@example.org/desk");
        var phone = await server.LoginAsync("romeo@example.org/phone");
        await desk.AppearAsync();
        await phone.AppearAsync();
        await desk.ReceiveAllAsync();

        await phone.SendAsync(Inactive);

        await desk.ExpectNothingAsync(phone);
    }

    [Fact]
    public async Task Each_senders_order_is_kept_while_the_client_changes_its_mind()
    {
        const int senders = 6;
        const int rounds = 60;
        await using var server = await XmppTestServer.StartAsync();
        var phone = await server.LoginAsync("romeo@example.org/phone");
        var sending = new List<TestClient>();
        for (var i = 0; i < senders; i++)
        {
            sending.Add(await server.LoginAsync($"sender{i}@example.org/s"));
        }

        await Task.WhenAll([ReceiveInOrderAsync(phone, senders * rounds * 2), ChangeAsync(), .. sending.Select(SendAsync)]);

        async Task ChangeAsync()
        {
            for (var i = 0; i < rounds; i++)
            {
                await phone.SendAsync(i % 2 == 0 ? Inactive : Active);
                await Task.Yield();
            }
        }

        async Task SendAsync(TestClient client)
        {
            for (var i = 0; i < rounds; i++)
            {
                await client.SendAsync($"<presence to='{phone.Jid}' id='{i}'/><message to='{phone.Jid}' id='{i}'><body>Hi</body></message>");
                await Task.Yield();
            }
        }
    }

    /// <summary>Of each sender presence and message in turn, by number.</summary>
    private static async Task ReceiveInOrderAsync(TestClient phone, int count)
    {
        var next = new Dictionary<string, int>();
        for (var i = 0; i < count; i++)
        {
            var stanza = await phone.ReceiveAsync();
            var from = stanza.Attribute("from")!;
            var expected = next.GetValueOrDefault(from);
            Assert.Equal(expected % 2 == 0 ? "presence" : "message", stanza.LocalName);
            Assert.Equal($"{expected / 2}", stanza.Attribute("id"));
            next[from] = expected + 1;
        }
    }

    /// <summary>A phone that is inactive. Its stanzas are acknowledged: it can ask for that without an answer that would bring what waits.</summary>
    private static async Task<TestClient> LoginInactiveAsync(XmppTestServer server, bool withCarbons = false)
    {
        var phone = await server.LoginAsync("romeo@example.org/phone");
        await phone.AppearAsync();
        if (withCarbons)
        {
            await phone.EnableCarbonsAsync();
        }

        await phone.SendAsync("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        await phone.ReceiveAsync(static element => element.LocalName == "enabled");
        await phone.SendAsync(Inactive);
        await ExpectHeldAsync(phone);
        return phone;
    }

    /// <summary>No stanza has been written.</summary>
    private static async Task ExpectHeldAsync(TestClient phone)
    {
        await phone.SendAsync("<r xmlns='urn:xmpp:sm:3'/>");
        XmlElement next;
        do
        {
            next = await phone.ReceiveAsync();
        }
        while (next.LocalName == "r");
        Assert.True(next.Is("a", "urn:xmpp:sm:3"), phone.Describe("Nothing but an acknowledgement was due"));
    }

    /// <summary>The next stanza.</summary>
    private static Task<XmlElement> StanzaAsync(TestClient phone) => phone.ReceiveAsync(static element => element.LocalName is "presence" or "message" or "iq");

    private static string Event(string content) => $"<event xmlns='http://jabber.org/protocol/pubsub#event'>{content}</event>";
}
