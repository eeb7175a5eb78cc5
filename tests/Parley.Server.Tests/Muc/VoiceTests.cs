using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.AdminClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Voice: granted, revoked, listed, asked for (XEP-0045 §7.13, §8.3 to §8.6).</summary>
public sealed class VoiceTests
{
    private const string Moderated = "muc#roomconfig_moderatedroom=1";

    // §8.3 and §8.4.
    [Fact]
    [Example(95, 97, 99, 101)]
    public async Task Voice_is_granted_and_revoked_and_everybody_sees_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, Moderated);

        await crone.ChangeAsync(Item("nick=thirdwitch role=participant", "A worthy witch indeed!"));
        await SeenAsync("none participant", "firstwitch: A worthy witch indeed!");
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        Assert.Equal("Thrice", (await wicca.MessageAsync()).Body());
        await hag.ReceiveAllAsync();

        await crone.ChangeAsync(Item("nick=thirdwitch role=visitor", "Not so worthy after all!"));
        await SeenAsync("none visitor", "firstwitch: Not so worthy after all!");
        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><body>Thrice</body></message>");
        (await hag.MessageAsync()).IsError("forbidden", "auth");

        async Task SeenAsync(string says, string why)
        {
            foreach (var client in new[] { crone, wicca, hag })
            {
                var presence = await client.PresenceAsync($"{Coven}/thirdwitch");
                Assert.Null(presence.Attribute("type"));
                Assert.Equal(client == hag ? $"{says} 110" : says, presence.Says());
                Assert.Equal(why, presence.Why());
            }
        }
    }

    // What is so already is told to nobody.
    [Fact]
    public async Task Voice_is_not_granted_twice()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server, Moderated);
        await crone.ChangeAsync(Item("nick=thirdwitch role=participant"));
        await wicca.PresenceAsync($"{Coven}/thirdwitch");

        await crone.ChangeAsync(Item("nick=thirdwitch role=participant"));

        await wicca.ExpectNothingAsync(crone);
    }

    // §5.1: a service "SHOULD do so for moderated rooms"; otherwise who may not speak any more would leave and come again.
    [Theory]
    [InlineData("none", "participant", "none participant")]
    [InlineData("member", "visitor", "member visitor")]
    public async Task In_a_moderated_room_voice_lasts_across_visits(string affiliation, string role, string says)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, Moderated);
        var tablet = await server.LoginAsync("hag66@example.org/tablet");
        await crone.ChangeAsync(Item($"affiliation={affiliation} jid=hag66@example.org"));
        await crone.ChangeAsync(Item($"nick=thirdwitch role={role}"));
        if (role == "visitor")
        {
            // By another nickname neither.
            Assert.Equal($"{says} 110 170", (await tablet.EnterAsync($"{Coven}/oldhag")).Own.Says());
            await tablet.SendAsync($"<presence type='unavailable' to='{Coven}/oldhag'/>");
            await tablet.BarrierAsync();
        }

        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        Assert.Equal($"{says} 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
    }

    [Theory]
    [InlineData("role=none nick=thirdwitch", "none visitor")]
    [InlineData("affiliation=member jid=hag66@example.org", "member participant")]
    public async Task Voice_that_was_given_is_lost_with_a_kick_or_another_affiliation(string change, string says)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, Moderated);
        await crone.ChangeAsync(Item("nick=thirdwitch role=participant"));

        await crone.ChangeAsync(Item(change));

        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        await hag.BarrierAsync();
        Assert.Equal($"{says} 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
    }

    // What came with an affiliation goes with it, whoever is in the room at that time.
    [Theory]
    [InlineData("affiliation=member jid=hag66@example.org", "affiliation=none jid=hag66@example.org", false)]
    [InlineData("nick=thirdwitch role=participant", "affiliation=outcast jid=hag66@example.org", true)]
    [InlineData("nick=thirdwitch role=participant", "affiliation=member jid=hag66@example.org", true)]
    public async Task Voice_that_came_with_an_affiliation_does_not_last_without_it(string given, string taken, bool isAway)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, Moderated);
        await crone.ChangeAsync(Item(given));
        Assert.EndsWith("participant 110", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says(), StringComparison.Ordinal);
        if (isAway)
        {
            await LeaveAsync();
        }

        await crone.ChangeAsync(Item(taken));
        if (isAway)
        {
            await crone.ChangeAsync(Item("affiliation=none jid=hag66@example.org"));
        }
        else
        {
            await LeaveAsync();
        }

        Assert.Equal("none visitor 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());

        async Task LeaveAsync()
        {
            await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
            await hag.BarrierAsync();
        }
    }

    [Fact]
    public async Task Who_was_made_a_moderator_has_voice_again()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, Moderated);
        await crone.ChangeAsync(Item("affiliation=member jid=hag66@example.org"));
        await crone.ChangeAsync(Item("nick=thirdwitch role=visitor"));
        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        Assert.Equal("member visitor 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());

        await crone.ChangeAsync(Item("nick=thirdwitch role=moderator"));
        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");

        Assert.Equal("member participant 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
    }

    // A kick takes what was given, and gives back nothing that was taken.
    [Fact]
    public async Task Who_is_kicked_under_one_nickname_has_no_voice_again_that_was_taken_under_another()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, Moderated);
        var tablet = await server.LoginAsync("hag66@example.org/tablet");
        await crone.ChangeAsync(Item("affiliation=member jid=hag66@example.org"));
        await tablet.EnterAsync($"{Coven}/oldhag");
        await crone.ChangeAsync(Item("nick=thirdwitch role=visitor"));
        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        await hag.BarrierAsync();

        await crone.ChangeAsync(Item("nick=oldhag role=none"));

        Assert.Equal("member visitor 110 170", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
    }

    // §8.5: the list, and changes of it.
    [Fact]
    public async Task A_moderator_reads_the_voice_list_and_changes_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, Moderated);
        await crone.ChangeAsync(Item("nick=thirdwitch role=participant"));
        Assert.Equal(["none hag66@example.org/pda thirdwitch participant"], await crone.ListAsync("role=participant"));
        Assert.Equal(["none wiccarocks@example.org/laptop secondwitch visitor"], await crone.ListAsync("role=visitor"));

        await crone.ChangeAsync(Item("nick=thirdwitch role=visitor"), Item("nick=secondwitch role=participant", "A worthy fellow."));

        Assert.Equal(["none wiccarocks@example.org/laptop secondwitch participant"], await crone.ListAsync("role=participant"));
        Assert.Equal("none participant 110", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());
        (await hag.AdminAsync("get", Item("role=participant"))).IsError("forbidden", "auth");
        (await wicca.AdminAsync("get", Item("role=visitor"))).IsError("forbidden", "auth");
        await hag.DeniedAsync("forbidden", "auth", Item("nick=thirdwitch role=participant"));
    }

    // §7.13 and §8.6.
    [Fact]
    [Example(79, 108, 109)]
    public async Task A_visitor_asks_for_voice_and_a_moderator_grants_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, Moderated);

        await RequestAsync(hag);

        var message = await crone.MessageAsync();
        Assert.Equal(Coven, message.Attribute("from"));
        Assert.NotNull(message.Attribute("id"));
        var form = DataForm.In(message)!;
        Assert.Equal(DataFormType.Form, form.Type);
        Assert.Equal("http://jabber.org/protocol/muc#request", form.FormType);
        Assert.Equal("participant", form.Text("muc#role"));
        Assert.Equal("hag66@example.org/pda", form.Text("muc#jid"));
        Assert.Equal("thirdwitch", form.Text("muc#roomnick"));
        Assert.False(form.Boolean("muc#request_allow"));
        await wicca.ExpectNothingAsync(hag);

        await DecideAsync(crone, "true");
        Assert.Equal("none participant 110", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        var seen = await wicca.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("none participant", seen.Says());
        Assert.Equal("firstwitch", seen.User().About!.ActorNickname);

        // Another moderator may say yes, too.
        await DecideAsync(crone, "true");
        await wicca.ExpectNothingAsync(crone);
    }

    [Theory]
    [InlineData("submit", "false")]
    [InlineData("cancel", "")]
    public async Task What_a_moderator_declines_stays_as_it_is(string type, string allow)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, Moderated);
        await RequestAsync(hag);
        await crone.MessageAsync();

        await DecideAsync(crone, allow, type: type);

        await hag.ExpectNothingAsync(crone);
        await crone.ExpectNothingAsync();
    }

    [Fact]
    public async Task Nobody_but_moderators_grants_voice_that_was_asked_for()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, Moderated);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        await DecideAsync(hag, "true");
        (await hag.MessageAsync()).IsError("forbidden", "auth");
        await DecideAsync(stranger, "true");
        (await stranger.MessageAsync()).IsError("not-acceptable", "modify");
        await DecideAsync(crone, "true", "nobody@example.org/x", "nobody");
        (await crone.MessageAsync()).IsError("item-not-found", "cancel");
        await DecideAsync(crone, "true", "nobody@example.org/x", "thirdwitch");
        (await crone.MessageAsync()).IsError("item-not-found", "cancel");
        await wicca.ExpectNothingAsync(hag, crone, stranger);
    }

    [Fact]
    public async Task Who_has_voice_or_nobody_to_ask_does_not_ask()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, Moderated);

        await RequestAsync(crone);
        (await crone.MessageAsync()).IsError("conflict", "cancel");

        await crone.SendAsync($"<presence type='unavailable' to='{Coven}/firstwitch'/>");
        await hag.AfterAsync(crone);
        await RequestAsync(hag);
        (await hag.MessageAsync()).IsError("recipient-unavailable", "wait");
    }

    [Theory]
    [InlineData("<field var='muc#role'><value>moderator</value></field>")]
    [InlineData("")]
    public async Task Nothing_but_voice_is_asked_for(string fields)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, Moderated);

        await SubmitAsync(hag, fields);

        (await hag.MessageAsync()).IsError("bad-request", "modify");
        await crone.ExpectNothingAsync(hag);
    }

    private static Task RequestAsync(TestClient client) => SubmitAsync(client, "<field var='muc#role'><value>participant</value></field>");

    private static Task DecideAsync(TestClient client, string allow, string user = "hag66@example.org/pda", string nickname = "thirdwitch", string type = "submit") =>
        SubmitAsync(
            client,
            $"<field var='muc#role'><value>participant</value></field><field var='muc#jid'><value>{user}</value></field>"
            + $"<field var='muc#roomnick'><value>{nickname}</value></field>{(allow.Length == 0 ? "" : $"<field var='muc#request_allow'><value>{allow}</value></field>")}",
            type);

    private static Task SubmitAsync(TestClient client, string fields, string type = "submit") => client.SendAsync(
        $"<message id='yd53c486' to='{Coven}'><x xmlns='jabber:x:data' type='{type}'><field var='FORM_TYPE'><value>{VoiceRequest.FormType}</value></field>{fields}</x></message>");
}
