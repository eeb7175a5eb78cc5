using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Inviting others into a room (XEP-0045 §7.8, §7.9, XEP-0249).</summary>
public sealed class InvitationTests
{
    private const string Reason = "Hey Hecate, this is the place for all good witches!";

    // Each is a message to somebody else.
    [Fact]
    public async Task Many_invitations_in_one_message_count_as_many()
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
        {
            options.RateLimits = true;
            options.Components["far.example.net"] = new() { Secret = "0123456789abcdef" };
        });
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        var far = await server.ComponentAsync("far.example.net");
        var many = string.Concat(Enumerable.Range(0, 60).Select(static number => $"<invite to='u{number}@far.example.net'/>"));

        await crone.SendAsync($"<message id='i' to='{Coven}'><x xmlns='{MucUser.Namespace}'>{many}</x></message>");
        await crone.BarrierAsync();
        Assert.Equal(60, (await far.ReceiveAllAsync()).Count);
        await crone.SendAsync($"<message id='j' to='{Coven}'><x xmlns='{MucUser.Namespace}'>{many}</x></message>");

        (await crone.MessageAsync()).IsError("policy-violation", "wait");
        Assert.Empty(await far.ReceiveAllAsync());
    }

    private static string Invite(string to, string content = "") => $"<x xmlns='{MucUser.Namespace}'><invite to='{to}'>{content}</invite></x>";

    private static MucInvitations Read(XmlElement message) => MucInvitations.In(message.Child(MucUser.Name)!.Value)!;

    [Fact]
    [Example(56, 57)]
    public async Task The_room_invites_on_behalf_of_an_occupant()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server, "muc#roomconfig_passwordprotectedroom=0");
        (await crone.ConfigureAsync(Coven, "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn")).IsResult();
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.PresenceAsync();
        await crone.ReceiveAllAsync();

        await wicca.SendAsync($"<message id='nzd143v8' to='{Coven}'>{Invite("hecate@example.org", $"<reason>{Reason}</reason>")}</message>");

        var message = await hecate.MessageAsync();
        Assert.Equal(Coven, message.Attribute("from"));
        Assert.Null(message.Attribute("type"));
        var invitations = Read(message);
        Assert.Equal("cauldronburn", invitations.Password);
        var invitation = Assert.Single(invitations.Invitations);
        Assert.Equal("wiccarocks@example.org", invitation.From?.ToString());
        Assert.Null(invitation.To);
        Assert.Equal(Reason, invitation.Reason);
        await crone.ExpectNothingAsync(wicca);

        await hecate.EnterAsync($"{Coven}/fourthwitch", $"<password>{invitations.Password}</password>");
    }

    [Fact]
    public async Task An_invitation_waits_for_who_is_away()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (_, wicca, _) = await MessageTests.WitchesAsync(server);
        await server.CreateAccountAsync("hecate@example.org");

        await wicca.SendAsync($"<message to='{Coven}'>{Invite("hecate@example.org")}</message>");
        await wicca.BarrierAsync();

        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.PresenceAsync();
        Assert.Equal("wiccarocks@example.org", Read(await hecate.MessageAsync()).Invitations[0].From?.ToString());
    }

    // Both get their own, with what the room goes on with.
    [Fact]
    [Example(63, 64)]
    public async Task Several_are_invited_at_once_to_go_on_with_a_chat()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await hag.PresenceAsync();
        await crone.CreateAsync($"{Coven}/firstwitch");
        const string content = "<reason>This coven needs both wiccarocks and hag66.</reason><continue thread='e0ffe42b28561960c6b12b944a092794b9683a38'/>";

        await crone.SendAsync($"<message id='gl3s85n7' to='{Coven}'><x xmlns='{MucUser.Namespace}'><invite to='wiccarocks@example.org/laptop'>{content}</invite>"
            + $"<invite to='hag66@example.org'>{content}</invite></x></message>");

        foreach (var client in new[] { wicca, hag })
        {
            var invitation = Assert.Single(Read(await client.MessageAsync()).Invitations);
            Assert.Equal("crone1@example.org", invitation.From?.ToString());
            Assert.Equal("This coven needs both wiccarocks and hag66.", invitation.Reason);
            Assert.Equal("e0ffe42b28561960c6b12b944a092794b9683a38", invitation.Continued?.Thread);
        }
    }

    // What was said before is history with its own times.
    [Fact]
    [Example(62, 65)]
    public async Task History_of_a_chat_that_its_owner_sends_keeps_its_time()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        await crone.CreateAsync($"{Coven}/firstwitch");
        await crone.SendAsync($"<message id='b4va73n0' type='groupchat' to='{Coven}'><thread>e0ffe42b</thread><body>Thrice the brinded cat hath mew'd.</body>"
            + "<delay xmlns='urn:xmpp:delay' from='crone1@example.org/desktop' stamp='2004-09-29T01:54:37Z'/></message>");
        await crone.MessageAsync();

        var message = Assert.Single((await wicca.EnterAsync($"{Coven}/secondwitch")).History);

        Assert.Equal("e0ffe42b", message.Child("thread", "jabber:client")?.Text);
        Assert.Contains("2004-09-29T01:54:37Z", message.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Into_a_members_only_room_an_admin_brings_members()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.PresenceAsync();
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_membersonly=1");
        await hecate.RefusedAsync($"{Coven}/fourthwitch", "registration-required", "auth");

        await crone.SendAsync($"<message to='{Coven}'>{Invite("hecate@example.org")}</message>");

        await hecate.MessageAsync();
        Assert.Equal("member participant 110 170", (await hecate.EnterAsync($"{Coven}/fourthwitch")).Own.Says());
    }

    [Fact]
    public async Task Nobody_is_brought_as_member_beyond_what_a_room_takes()
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<Modules.Muc.MucOptions>(static options => options.MaxAffiliations = 1));
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_membersonly=1");

        await crone.SendAsync($"<message to='{Coven}'>{Invite("hecate@example.org")}</message>");

        (await crone.MessageAsync()).IsError("resource-constraint", "wait");
        await hecate.RefusedAsync($"{Coven}/fourthwitch", "registration-required", "auth");
    }

    [Theory]
    [Example(135)]
    [InlineData("0", true)]
    [InlineData("1", false)]
    public async Task Into_a_members_only_room_a_member_invites_where_the_owner_says_so(string allowed, bool isRefused)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(
            Coven,
            [Member("crone1@example.org", MucAffiliation.Owner), Member("wiccarocks@example.org", MucAffiliation.Member)],
            "muc#roomconfig_membersonly=1",
            $"muc#roomconfig_allowinvites={allowed}");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.PresenceAsync();
        await wicca.EnterAsync($"{Coven}/secondwitch");

        await wicca.SendAsync($"<message id='i' to='{Coven}'>{Invite("hecate@example.org")}</message>");

        if (isRefused)
        {
            var error = await wicca.MessageAsync();
            error.IsError("forbidden", "auth");
            Assert.Equal(Coven, error.Attribute("from"));
            await hecate.RefusedAsync($"{Coven}/fourthwitch", "registration-required", "auth");
        }
        else
        {
            await hecate.MessageAsync();
            await hecate.EnterAsync($"{Coven}/fourthwitch");
        }
    }

    [Fact]
    public async Task Where_occupants_may_not_invite_moderators_may()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server, "muc#roomconfig_allowinvites=0");
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.PresenceAsync();

        await wicca.SendAsync($"<message to='{Coven}'>{Invite("hecate@example.org")}</message>");
        (await wicca.MessageAsync()).IsError("forbidden", "auth");
        await crone.SendAsync($"<message to='{Coven}'>{Invite("hecate@example.org")}</message>");

        Assert.Equal("crone1@example.org", Read(await hecate.MessageAsync()).Invitations[0].From?.ToString());
    }

    [Theory]
    [InlineData("nobody@example.org", "item-not-found", "cancel")]
    [InlineData("example.org", "bad-request", "modify")]
    [InlineData("macbeth@example.org", "not-allowed", "cancel")]
    [InlineData("a@b@c", "jid-malformed", "modify")]
    public async Task Who_cannot_come_is_not_invited_and_nobody_with_him(string invitee, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("macbeth@example.org", MucAffiliation.Outcast)]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await server.CreateAccountAsync("macbeth@example.org");
        await hecate.PresenceAsync();
        await crone.EnterAsync($"{Coven}/firstwitch");

        await crone.SendAsync($"<message id='i' to='{Coven}'><x xmlns='{MucUser.Namespace}'><invite to='hecate@example.org'/><invite to='{invitee}'/></x></message>");

        (await crone.MessageAsync()).IsError(condition, type);
        Assert.DoesNotContain(await hecate.AfterAsync(crone), static element => element.LocalName == "message");
    }

    [Fact]
    public async Task What_comes_back_is_told_to_the_inviter_alone()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        await wicca.SendAsync($"<message id='i' to='{Coven}'>{Invite("hecate@nowhere.invalid")}</message>");

        var error = await wicca.MessageAsync();
        error.IsError("remote-server-not-found", "cancel");
        Assert.Equal("i", error.Attribute("id"));
        Assert.Equal(Coven, error.Attribute("from"));
        await crone.ExpectNothingAsync(wicca);
    }

    [Fact]
    public async Task From_outside_nobody_is_invited()
    {
        await using var server = await XmppTestServer.StartAsync();
        await MessageTests.WitchesAsync(server);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");

        await stranger.SendAsync($"<message to='{Coven}'>{Invite("crone1@example.org")}</message>");
        (await stranger.MessageAsync()).IsError("forbidden", "auth");
        await stranger.SendAsync($"<message to='nowhere@{Service}'>{Invite("crone1@example.org")}</message>");
        (await stranger.MessageAsync()).IsError("item-not-found", "cancel");
    }

    // By his address in the room as well.
    [Theory]
    [Example(58, 59)]
    [InlineData("crone1@example.org")]
    [InlineData("crone1@example.org/desktop")]
    [InlineData("coven@conference.example.org/firstwitch")]
    public async Task Who_invited_hears_that_it_is_declined(string inviter)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        var hecate = await server.LoginAsync("hecate@example.org/broom");

        await hecate.SendAsync($"<message id='jk2vs61v' to='{Coven}'><x xmlns='{MucUser.Namespace}'><decline to='{inviter}'><reason>Sorry, I'm too busy right now.</reason></decline></x></message>");

        var message = await crone.MessageAsync();
        Assert.Equal(Coven, message.Attribute("from"));
        Assert.Equal("crone1@example.org/desktop", message.Attribute("to"));
        Assert.Equal("jk2vs61v", message.Attribute("id"));
        Assert.Equal(new MucDecline(null, Parley.Protocol.Addressing.Jid.Parse("hecate@example.org"), "Sorry, I'm too busy right now."), MucDecline.In(message.Child(MucUser.Name)!.Value));
        await wicca.ExpectNothingAsync(hecate);
    }

    // By a stranger as by an occupant.
    [Fact]
    public async Task Too_many_declined_invitations_are_refused_for_a_while()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.RateLimits = true);
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        var decline = $"<message id='d' to='{Coven}'><x xmlns='{MucUser.Namespace}'><decline to='crone1@example.org'/></x></message>";

        await hecate.SendAsync(string.Concat(Enumerable.Repeat(decline, 51)));

        Assert.Equal(50, (await crone.AfterAsync(hecate)).Count);
        (await hecate.MessageAsync()).IsError("policy-violation", "wait");

        server.Time.Advance(TimeSpan.FromSeconds(1));
        await hecate.SendAsync(decline);
        Assert.NotNull((await crone.MessageAsync()).Child(MucUser.Name)?.Child(MucUser.Decline));
    }

    [Fact]
    public async Task A_member_who_has_left_hears_it_too_and_a_stranger_does_not()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        var stranger = await server.LoginAsync("macbeth@example.org/castle");
        await stranger.PresenceAsync();
        await crone.PresenceAsync();
        await crone.SendAsync($"<presence type='unavailable' to='{Coven}/firstwitch'/>");
        await crone.BarrierAsync();
        await crone.ReceiveAllAsync();

        await hecate.SendAsync($"<message to='{Coven}'><x xmlns='{MucUser.Namespace}'><decline to='macbeth@example.org'/></x></message>");
        await hecate.SendAsync($"<message to='{Coven}'><x xmlns='{MucUser.Namespace}'><decline to='crone1@example.org'/></x></message>");

        Assert.Equal(Coven, (await crone.MessageAsync()).Attribute("from"));
        Assert.DoesNotContain(await stranger.AfterAsync(hecate), static element => element.LocalName == "message");
        await hecate.SendAsync($"<message to='{Coven}'><x xmlns='{MucUser.Namespace}'><decline/></x></message>");
        (await hecate.MessageAsync()).IsError("bad-request", "modify");
    }

    // XEP-0249, example 1.
    [Fact]
    public async Task A_direct_invitation_passes_the_room_by()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        const string direct = "<x xmlns='jabber:x:conference' jid='darkcave@macbeth.shakespeare.lit' password='cauldronburn' reason='Hey Hecate'/>";
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.PresenceAsync();

        await crone.SendAsync($"<message to='hecate@example.org'>{direct}</message>");
        Assert.Equal("Hey Hecate", DirectInvitation.Parse((await hecate.MessageAsync()).Child(DirectInvitation.Name)!.Value).Reason);

        // Nor is it cut out of what occupants write to each other.
        await crone.SendAsync($"<message type='chat' to='{Coven}/thirdwitch'>{direct}</message>");
        Assert.Equal("cauldronburn", DirectInvitation.Parse((await hag.MessageAsync()).Child(DirectInvitation.Name)!.Value).Password);
    }
}
