using System.Text;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Tests.Archive;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Archive.ArchiveClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>What occupants retract of their own (XEP-0424), and moderators of others' (XEP-0425 0.3).</summary>
public class RoomRetractionTests
{
    private const string Reason = "This message contains inappropriate content for this forum";

    /// <summary>A server with the storage of these tests.</summary>
    protected virtual Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => XmppTestServer.StartAsync(options);

    // XEP-0424 §3, §4.
    [Fact]
    public async Task An_occupant_retracts_his_own_message_and_a_tombstone_is_left_in_archive_and_history()
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var id = await SayAsync(hag, "Have not saints lips?");
        await crone.AfterAsync(hag);
        server.Time.Advance(TimeSpan.FromMinutes(1));

        await hag.SendAsync(Retract(id));

        Assert.Equal(id, (await crone.MessageAsync()).Child(Retraction.Name)?.Attribute("id"));
        await hag.BarrierAsync();
        await hag.ReceiveAllAsync();
        var page = await hag.AskAsync(Query(), Coven);
        Assert.Equal([null, "/me retracted a previous message"], page.Bodies);
        var left = page.Results[0].Forwarded.Stanza;
        Assert.Equal(id, page.Results[0].Id);
        Assert.Equal($"{Coven}/thirdwitch", left.From?.ToString());
        Assert.Equal(["occupant-id", "retracted"], left.Children.Select(static child => Encoding.UTF8.GetString(child.LocalName.Span)));
        var retracted = Retracted.Parse(left.Child(Retracted.Name)!.Value);
        Assert.Equal("retract-message-1", retracted.Id);
        Assert.Equal(page.Results[1].Forwarded.Delay?.Stamp, retracted.Stamp);
        Assert.Empty((await hag.AskAsync(Query(Form("{urn:xmpp:fulltext:0}fulltext=saints")), Coven)).Results);

        var late = await server.LoginAsync("late@example.org/pda");
        var history = (await late.EnterAsync($"{Coven}/late")).History;
        Assert.Equal([null, "/me retracted a previous message"], history.Select(StanzaAssert.Body));
        Assert.NotNull(history[0].Child(Retracted.Name));
        Assert.Equal(id, history[0].StanzaId(Coven));
    }

    [Fact]
    public async Task Under_another_nickname_he_is_still_the_author()
    {
        await using var server = await StartAsync();
        var (_, _, hag) = await MessageTests.WitchesAsync(server);
        var id = await SayAsync(hag, "x");
        await hag.SendAsync($"<presence to='{Coven}/oldhag'/>");

        await hag.SendAsync(Retract(id));

        await hag.BarrierAsync();
        await hag.ReceiveAllAsync();
        Assert.Null((await hag.AskAsync(Query(), Coven)).Bodies.First());
    }

    [Theory]
    [InlineData("{0}", true, "retract-message-1")]
    [InlineData("{0}", false, "")]
    [InlineData("0000000000000001", false, "retract-message-1")]
    [InlineData("m", false, "retract-message-1")]
    public async Task Nothing_else_is_retracted(string id, bool isOther, string own)
    {
        await using var server = await StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        var said = await SayAsync(hag, "x");

        await (isOther ? wicca : hag).SendAsync(Retract(id.Replace("{0}", said, StringComparison.Ordinal), own));

        await wicca.BarrierAsync();
        await crone.AfterAsync(hag);
        Assert.Equal(["x", "/me retracted a previous message"], (await crone.AskAsync(Query(), Coven)).Bodies);
    }

    // XEP-0425 §5: that is for the room to say.
    [Theory]
    [InlineData("<retract xmlns='urn:xmpp:message-retract:1' id='{0}'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>")]
    [InlineData("<retract xmlns='urn:xmpp:message-retract:1' id='{0}'/><retract xmlns='urn:xmpp:message-retract:1' id='{0}'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>")]
    [InlineData("<retracted xmlns='urn:xmpp:message-retract:1' id='{0}'/>")]
    [InlineData("<apply-to xmlns='urn:xmpp:fasten:0' id='{0}'/><apply-to xmlns='urn:xmpp:fasten:0' id='{0}'><moderated xmlns='urn:xmpp:message-moderate:0' by='coven@conference.example.org/firstwitch'><retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to>")]
    [InlineData("<moderated xmlns='urn:xmpp:message-moderate:0' by='coven@conference.example.org/firstwitch'><retracted xmlns='urn:xmpp:message-retract:0'/></moderated>")]
    public async Task Nobody_passes_himself_off_as_the_room(string payload)
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        var id = await SayAsync(hag, "x");
        await crone.AfterAsync(hag);

        await hag.SendAsync($"<message type='groupchat' id='r' to='{Coven}'>{payload.Replace("{0}", id, StringComparison.Ordinal)}<body>y</body></message>");

        (await hag.MessageAsync()).IsError("not-acceptable", "modify");
        await crone.ExpectNothingAsync(hag);
    }

    // A change of the subject goes to everybody as well.
    [Theory]
    [InlineData("<retract xmlns='urn:xmpp:message-retract:1' id='{0}'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>")]
    [InlineData("<retracted xmlns='urn:xmpp:message-retract:1' id='{0}'/>")]
    [InlineData("<apply-to xmlns='urn:xmpp:fasten:0' id='{0}'><moderated xmlns='urn:xmpp:message-moderate:0' by='coven@conference.example.org/firstwitch'><retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to>")]
    public async Task Nor_does_he_with_a_subject(string payload)
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_changesubject=1");
        var id = await SayAsync(hag, "x");
        await crone.AfterAsync(hag);
        await hag.ReceiveAllAsync();

        await hag.SendAsync($"<message type='groupchat' id='r' to='{Coven}'><subject>y</subject>{payload.Replace("{0}", id, StringComparison.Ordinal)}</message>");

        (await hag.MessageAsync()).IsError("not-acceptable", "modify");
        await crone.ExpectNothingAsync(hag);
    }

    // It is told in two forms, and kept in four.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reason_that_is_too_long_is_refused(bool isFastened)
    {
        await using var server = await StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        var id = await SayAsync(hag, "x");
        await wicca.AfterAsync(hag);

        var request = isFastened ? ModerateFastened(id) : Moderate(id);
        (await crone.IqAsync("set", Coven, request.Replace(Reason, new string('a', 1025), StringComparison.Ordinal))).IsError("not-acceptable", "modify");

        await wicca.ExpectNothingAsync(crone);
        (await crone.IqAsync("set", Coven, request.Replace(Reason, new string('a', 1024), StringComparison.Ordinal))).IsResult();
    }

    // XEP-0425 §3.1, §4; the same sections of its version 0.2.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_moderator_retracts_what_somebody_said_and_the_room_tells_everybody(bool isFastened)
    {
        await using var server = await StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        var id = await SayAsync(hag, "DM me for free magic potions!");
        await crone.AfterAsync(hag);
        await wicca.AfterAsync(hag);
        server.Time.Advance(TimeSpan.FromMinutes(1));

        (await crone.IqAsync("set", Coven, isFastened ? ModerateFastened(id) : Moderate(id))).IsResult();

        string? occupant = null;
        foreach (var client in new[] { crone, wicca, hag })
        {
            var message = await client.MessageAsync();
            Assert.Equal(Coven, message.Attribute("from"));
            Assert.Equal("groupchat", message.Attribute("type"));
            Assert.NotNull(message.StanzaId(Coven));
            var retraction = Retraction.Parse(message.Child(Retraction.Name)!.Value);
            Assert.Equal(id, retraction.Id);
            Assert.Equal($"{Coven}/firstwitch", retraction.Moderated?.By?.ToString());
            Assert.Equal(Reason, retraction.Reason);
            occupant = retraction.Moderated?.OccupantId;
            Assert.NotNull(occupant);
            Assert.Equal(
                $"<apply-to xmlns='urn:xmpp:fasten:0' id='{id}'><moderated xmlns='urn:xmpp:message-moderate:0' by='{Coven}/firstwitch'>"
                + $"<retract xmlns='urn:xmpp:message-retract:0'/><reason>{Reason}</reason></moderated></apply-to>",
                message.Child(FastenedModeration.ApplyTo)?.ToText());
        }

        var page = await crone.AskAsync(Query(), Coven);
        var left = page.Results[0].Forwarded.Stanza;
        Assert.Equal(["occupant-id", "x", "retracted", "moderated"], left.Children.Select(static child => Encoding.UTF8.GetString(child.LocalName.Span)));
        var tombstone = Retracted.Parse(left.Child(Retracted.Name)!.Value);
        Assert.Equal((occupant, Reason), (tombstone.Moderated?.OccupantId, tombstone.Reason));
        Assert.Equal($"{Coven}/firstwitch", tombstone.Moderated?.By?.ToString());
        Assert.Equal(page.Results[1].Forwarded.Delay?.Stamp, tombstone.Stamp);
        Assert.Equal(
            $"<moderated xmlns='urn:xmpp:message-moderate:0' by='{Coven}/firstwitch'><occupant-id xmlns='urn:xmpp:occupant-id:0' id='{occupant}'/>"
            + $"<retracted xmlns='urn:xmpp:message-retract:0' stamp='{DateTimeProfile.Format(tombstone.Stamp!.Value)}'/><reason>{Reason}</reason></moderated>",
            left.Child(FastenedModeration.Moderated)?.ToText());
        Assert.Equal(Coven, page.Results[1].Forwarded.Stanza.From?.ToString());
        Assert.NotNull(page.Results[1].Forwarded.Stanza.Child(Retraction.Name));

        var late = await server.LoginAsync("late@example.org/pda");
        var history = (await late.EnterAsync($"{Coven}/late")).History;
        Assert.NotNull(history[0].Child(Retracted.Name));
        Assert.NotNull(history[1].Child(Retraction.Name));

        // Once is enough.
        await wicca.ReceiveAllAsync();
        (await crone.IqAsync("set", Coven, Moderate(id))).IsResult();
        await wicca.ExpectNothingAsync(crone);
    }

    // XEP-0425 §3.2.
    [Fact]
    public async Task Others_than_moderators_are_refused()
    {
        await using var server = await StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        var id = await SayAsync(hag, "x");
        await crone.AfterAsync(hag);
        await wicca.AfterAsync(hag);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        (await wicca.IqAsync("set", Coven, Moderate(id))).IsError("forbidden", "modify");
        (await stranger.IqAsync("set", Coven, Moderate(id))).IsError("forbidden", "modify");
        (await wicca.IqAsync("set", Coven, ModerateFastened(id))).IsError("forbidden", "modify");

        await crone.ExpectNothingAsync(wicca);
        Assert.Equal(["x"], (await crone.AskAsync(Query(), Coven)).Bodies);
    }

    [Theory]
    [InlineData("<moderate xmlns='urn:xmpp:message-moderate:1' id='0000000000000001'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>", "item-not-found", "cancel")]
    [InlineData("<moderate xmlns='urn:xmpp:message-moderate:1' id='stanza-id-1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>", "item-not-found", "cancel")]
    [InlineData("<moderate xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>", "bad-request", "modify")]
    [InlineData("<moderate xmlns='urn:xmpp:message-moderate:1' id='0000000000000001'/>", "feature-not-implemented", "cancel")]
    [InlineData("<apply-to xmlns='urn:xmpp:fasten:0' id='0000000000000001'><moderate xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'/></moderate></apply-to>", "item-not-found", "cancel")]
    [InlineData("<apply-to xmlns='urn:xmpp:fasten:0'><moderate xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'/></moderate></apply-to>", "bad-request", "modify")]
    [InlineData("<apply-to xmlns='urn:xmpp:fasten:0' id='0000000000000001'><moderate xmlns='urn:xmpp:message-moderate:0'/></apply-to>", "feature-not-implemented", "cancel")]
    [InlineData("<apply-to xmlns='urn:xmpp:fasten:0' id='0000000000000001'><external name='body'/></apply-to>", "service-unavailable", "cancel")]
    public async Task What_cannot_be_moderated_is_refused(string payload, string condition, string type)
    {
        await using var server = await StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        (await crone.IqAsync("set", Coven, payload)).IsError(condition, type);

        await wicca.ExpectNothingAsync(crone);
    }

    [Fact]
    public async Task What_the_room_itself_said_and_subjects_stay()
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        await crone.SendAsync($"<message type='groupchat' to='{Coven}'><subject>Fire burn</subject></message>");
        var subject = (await crone.MessageAsync()).StanzaId(Coven)!;
        await hag.AfterAsync(crone);
        var id = await SayAsync(hag, "x");
        await crone.AfterAsync(hag);
        (await crone.IqAsync("set", Coven, Moderate(id))).IsResult();
        var announcement = (await crone.MessageAsync()).StanzaId(Coven)!;

        (await crone.IqAsync("set", Coven, Moderate(subject))).IsError("not-acceptable", "modify");
        (await crone.IqAsync("set", Coven, Moderate(announcement))).IsError("not-acceptable", "modify");
    }

    [Fact]
    public async Task In_a_room_without_an_archive_the_history_has_the_tombstone()
    {
        await using var server = await StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_enablelogging=0");
        var id = await SayAsync(hag, "x");
        await crone.AfterAsync(hag);

        (await crone.IqAsync("set", Coven, Moderate(id))).IsResult();

        var late = await server.LoginAsync("late@example.org/pda");
        Assert.NotNull((await late.EnterAsync($"{Coven}/late")).History[0].Child(Retracted.Name));
    }

    [Fact]
    public async Task The_room_says_what_it_does()
    {
        await using var server = await StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");

        var info = DiscoInfo.Parse((await crone.IqAsync("get", Coven, "<query xmlns='http://jabber.org/protocol/disco#info'/>")).IsResult()!.Value);

        Assert.Contains("urn:xmpp:message-retract:1", info.Features);
        Assert.Contains("urn:xmpp:message-retract:1#tombstone", info.Features);
        Assert.Contains("urn:xmpp:message-moderate:1", info.Features);
        Assert.Contains("urn:xmpp:message-moderate:0", info.Features);
    }

    private static string Retract(string id, string own = "retract-message-1") =>
        $"<message type='groupchat' to='{Coven}'{(own.Length == 0 ? "" : $" id='{own}'")}><retract id='{id}' xmlns='urn:xmpp:message-retract:1'/>"
        + "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><body>/me retracted a previous message</body><store xmlns='urn:xmpp:hints'/></message>";

    private static string Moderate(string id) =>
        $"<moderate id='{id}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/><reason>{Reason}</reason></moderate>";

    private static string ModerateFastened(string id) =>
        $"<apply-to id='{id}' xmlns='urn:xmpp:fasten:0'><moderate xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'/>"
        + $"<reason>{Reason}</reason></moderate></apply-to>";

    private static async Task<string> SayAsync(TestClient client, string body)
    {
        await client.SendAsync($"<message id='m' type='groupchat' to='{Coven}'><body>{body}</body></message>");
        return (await client.MessageAsync()).StanzaId(Coven)!;
    }
}
