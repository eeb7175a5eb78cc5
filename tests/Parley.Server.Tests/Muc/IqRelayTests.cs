using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc;
using Parley.Server.Storage;
using Parley.Server.Tests.Discovery;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Requests from one occupant to another (XEP-0045 §6.6, §17.4), and to oneself (XEP-0410).</summary>
public sealed class IqRelayTests
{
    private const string Ping = "<ping xmlns='urn:xmpp:ping'/>";
    private const string Version = "<query xmlns='jabber:iq:version'/>";
    private const string VCard = "<vCard xmlns='vcard-temp'/>";

    private static Task<XmlElement> RequestAsync(TestClient client) => client.ReceiveAsync(static element => element.LocalName == "iq" && element.Attribute("type") is "get" or "set");

    [Fact]
    public async Task A_request_reaches_an_occupant_and_the_answer_its_asker_without_real_addresses()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync($"<iq type='get' id='v1' to='{Coven}/firstwitch'>{Version}</iq>");
        var request = await RequestAsync(crone);
        Assert.Equal($"{Coven}/secondwitch", request.Attribute("from"));
        Assert.Equal("crone1@example.org/desktop", request.Attribute("to"));
        Assert.DoesNotContain("wiccarocks", request.ToText(), StringComparison.Ordinal);
        await crone.SendAsync($"<iq type='result' id='{request.Attribute("id")}' to='{Coven}/secondwitch'><query xmlns='jabber:iq:version'><name>Cauldron</name></query></iq>");

        var answer = await wicca.ReceiveAsync(static element => element.LocalName == "iq");
        Assert.Equal("Cauldron", answer.IsResult()!.Value.Child("name", "jabber:iq:version")?.Text);
        Assert.Equal("v1", answer.Attribute("id"));
        Assert.Equal($"{Coven}/firstwitch", answer.Attribute("from"));
        Assert.DoesNotContain("crone1", answer.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_client_of_a_nickname_gets_the_answer_to_what_it_asked()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        var phone = await server.LoginAsync("wiccarocks@example.org/phone");
        await phone.EnterAsync($"{Coven}/secondwitch");

        await wicca.SendAsync($"<iq type='get' id='same' to='{Coven}/firstwitch'>{Version}</iq>");
        var ofLaptop = await RequestAsync(crone);
        await phone.SendAsync($"<iq type='get' id='same' to='{Coven}/firstwitch'>{Version}</iq>");
        var ofPhone = await RequestAsync(crone);
        await crone.SendAsync($"<iq type='result' id='{ofPhone.Attribute("id")}' to='{ofPhone.Attribute("from")}'><query xmlns='jabber:iq:version'><name>phone</name></query></iq>");
        await crone.SendAsync($"<iq type='result' id='{ofLaptop.Attribute("id")}' to='{ofLaptop.Attribute("from")}'><query xmlns='jabber:iq:version'><name>laptop</name></query></iq>");

        foreach (var (client, name) in new[] { (wicca, "laptop"), (phone, "phone") })
        {
            var answer = await client.ReceiveAsync(static element => element.LocalName == "iq");
            Assert.Equal("same", answer.Attribute("id"));
            Assert.Equal(name, answer.IsResult()!.Value.Child("name", "jabber:iq:version")?.Text);
        }
    }

    [Fact]
    public async Task An_answer_finds_its_asker_under_another_nickname_and_comes_from_where_he_asked()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync($"<iq type='get' id='v1' to='{Coven}/firstwitch'>{Version}</iq>");
        var request = await RequestAsync(crone);
        await wicca.SendAsync($"<presence to='{Coven}/oldwitch'/>");
        await crone.SendAsync($"<presence to='{Coven}/eldestwitch'/>");
        await wicca.BarrierAsync();
        await crone.SendAsync($"<iq type='result' id='{request.Attribute("id")}' to='{Coven}/secondwitch'/>");

        var answer = await wicca.ReceiveAsync(static element => element.LocalName == "iq" && element.Attribute("id") == "v1");
        answer.IsResult();
        Assert.Equal($"{Coven}/firstwitch", answer.Attribute("from"));
    }

    // They answer nothing that a room in the store could have asked, and nobody waits for them: read for each, rooms would be a way to flood the store.
    [Theory]
    [InlineData("<message type='error'")]
    [InlineData("<presence type='error'")]
    [InlineData("<iq type='result' id='x'")]
    public async Task Answers_that_nobody_in_the_room_can_have_asked_for_read_no_room(string begin)
    {
        await using var server = await XmppTestServer.StartAsync(build: BusyRoomStore.Register);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var store = (BusyRoomStore)server.Get<IRoomStore>();
        var before = store.Finds;

        await crone.SendAsync(string.Concat(Enumerable.Range(0, 10).Select(number => $"{begin} to='r{number}@{Service}/a'/>")));
        await crone.BarrierAsync();

        Assert.Equal(before, store.Finds);
    }

    [Fact]
    public async Task Too_many_requests_are_refused_for_a_while_and_pings_to_oneself_are_not_counted()
    {
        await using var server = await XmppTestServer.StartAsync(
            static options => options.RateLimits = true, static builder => builder.Services.Configure<MucOptions>(static options => options.RequestRate = 2));
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync(string.Concat(Enumerable.Range(0, 21).Select(number => $"<iq type='get' id='v{number}' to='{Coven}/firstwitch'>{Version}</iq>")));

        Assert.Equal(20, (await crone.AfterAsync(wicca)).Count);
        var refused = await wicca.ReceiveAsync(static element => element.LocalName == "iq");
        refused.IsError("policy-violation", "wait");
        Assert.Equal("v20", refused.Attribute("id"));
        (await wicca.IqAsync("get", $"{Coven}/secondwitch", Ping)).IsResult();

        server.Time.Advance(TimeSpan.FromSeconds(1));
        await wicca.SendAsync($"<iq type='get' id='again' to='{Coven}/firstwitch'>{Version}</iq>");
        await RequestAsync(crone);
    }

    // What went out as an invitation is not answered as a request.
    [Fact]
    public async Task The_id_of_an_invitation_makes_no_answer()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (_, wicca, _) = await MessageTests.WitchesAsync(server);
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.PresenceAsync();
        await wicca.SendAsync($"<message id='mine' to='{Coven}'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='hecate@example.org/broom'/></x></message>");
        var id = (await hecate.MessageAsync()).Attribute("id");

        await hecate.SendAsync($"<iq type='result' id='{id}' to='{Coven}/secondwitch'>{Version}</iq>");

        await wicca.ExpectNothingAsync(hecate);
    }

    [Fact]
    public async Task An_error_tells_no_real_address()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync($"<iq type='set' id='v1' to='{Coven}/firstwitch'>{Version}</iq>");
        var request = await RequestAsync(crone);
        await crone.SendAsync($"<iq type='error' id='{request.Attribute("id")}' to='{Coven}/secondwitch'><error type='modify' by='crone1@example.org'>"
            + "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>xmpp:crone1@example.org</gone><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>crone1@example.org</text></error></iq>");

        var answer = await wicca.ReceiveAsync(static element => element.LocalName == "iq");
        answer.IsError("gone", "modify");
        Assert.DoesNotContain("crone1", answer.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_asked_for_reaches_nobody()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        await wicca.SendAsync($"<iq type='get' id='v1' to='{Coven}/firstwitch'>{Version}</iq>");
        var request = await RequestAsync(crone);

        await crone.SendAsync($"<iq type='result' id='v1' to='{Coven}/secondwitch'/>");
        await hag.SendAsync($"<iq type='result' id='{request.Attribute("id")}' to='{Coven}/secondwitch'/>");

        await wicca.ExpectNothingAsync(crone, hag);
    }

    // The account answers, whichever client is there; its address is not told.
    [Fact]
    public async Task A_vcard_is_asked_of_the_account()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        (await crone.IqAsync("set", null, "<vCard xmlns='vcard-temp'><NICKNAME>Crone</NICKNAME></vCard>")).IsResult();

        var answer = await wicca.IqAsync("get", $"{Coven}/firstwitch", VCard);

        Assert.Equal("Crone", answer.IsResult()!.Value.Child("NICKNAME", "vcard-temp")?.Text);
        Assert.Equal($"{Coven}/firstwitch", answer.Attribute("from"));
        (await wicca.IqAsync("get", $"{Coven}/thirdwitch", VCard)).IsError("service-unavailable", "cancel");
        await crone.ExpectNothingAsync(wicca);
        await hag.ExpectNothingAsync(wicca);
    }

    // XEP-0153: a hash that says so passes, and leads to the vCard.
    [Fact]
    public async Task The_hash_of_an_avatar_passes_in_presence()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        const string update = "<x xmlns='vcard-temp:x:update'><photo>01b87fcd030b72895ff8e88db57ec525450f000d</photo></x>";

        await wicca.SendAsync($"<presence to='{Coven}/secondwitch'>{update}</presence>");

        Assert.Equal(update.Replace('"', '\''), (await crone.PresenceAsync($"{Coven}/secondwitch")).Child("x", "vcard-temp:x:update")?.ToText());
    }

    // §6.6, and whoever is not there finds out nothing about who is.
    [Theory]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#info'/>", "bad-request", "modify")]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#items'/>", "bad-request", "modify")]
    [InlineData(Version, "not-acceptable", "cancel")]
    [InlineData(Ping, "not-acceptable", "cancel")]
    public async Task From_outside_nothing_is_asked(string payload, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        foreach (var occupant in new[] { $"{Coven}/firstwitch", $"{Coven}/nobody", $"nowhere@{Service}/firstwitch" })
        {
            (await stranger.IqAsync("get", occupant, payload)).IsError(condition, type);
        }

        await crone.ExpectNothingAsync(stranger);
    }

    [Fact]
    public async Task A_nickname_that_nobody_has_is_not_found()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);

        (await crone.IqAsync("get", $"{Coven}/nobody", Version)).IsError("item-not-found", "cancel");
    }

    // XEP-0410, examples 1, 2 and 4.
    [Fact]
    public async Task The_room_answers_who_pings_himself()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        var phone = await server.LoginAsync("wiccarocks@example.org/phone");
        await phone.EnterAsync($"{Coven}/secondwitch");
        var tablet = await server.LoginAsync("wiccarocks@example.org/tablet");
        await wicca.ReceiveAllAsync();

        (await phone.IqAsync("get", $"{Coven}/secondwitch", Ping)).IsResult();
        await wicca.ExpectNothingAsync(phone);
        (await tablet.IqAsync("get", $"{Coven}/secondwitch", Ping)).IsError("not-acceptable", "cancel");
        Assert.Contains("http://jabber.org/protocol/muc#self-ping-optimization", (await crone.InfoAsync(Coven)).Features);

        await phone.SendAsync($"<presence type='unavailable' to='{Coven}/secondwitch'/>");
        (await phone.IqAsync("get", $"{Coven}/secondwitch", Ping)).IsError("not-acceptable", "cancel");
        (await wicca.IqAsync("get", $"{Coven}/secondwitch", Ping)).IsResult();
    }

    // To ping somebody else is to ask him.
    [Fact]
    public async Task A_ping_to_another_occupant_is_his_to_answer()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync($"<iq type='get' id='p' to='{Coven}/firstwitch'>{Ping}</iq>");

        var request = await RequestAsync(crone);
        Assert.NotNull(request.Child("ping", "urn:xmpp:ping"));
        await crone.SendAsync($"<iq type='result' id='{request.Attribute("id")}' to='{Coven}/secondwitch'/>");
        (await wicca.ReceiveAsync(static element => element.LocalName == "iq")).IsResult();
    }
}
