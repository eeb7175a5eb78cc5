using Parley.Protocol.Extensions.Muc;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.AdminClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Members: who becomes one, who is one no more, and the list of them (XEP-0045 §9.3 to §9.5).</summary>
public sealed class MemberTests
{
    // §9.3, §9.4: in an open room.
    [Fact]
    [Example(121, 123, 125, 127)]
    public async Task Who_becomes_a_member_or_is_none_any_more_is_shown_so()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item("affiliation=member jid=hag66@example.org nick=thirdwitch", "A worthy witch indeed!"));
        await SeenAsync("member participant", "firstwitch: A worthy witch indeed!");
        Assert.Equal(["member hag66@example.org thirdwitch -"], await crone.ListAsync("affiliation=member"));

        await crone.ChangeAsync(Item("affiliation=none jid=hag66@example.org", "Not so worthy after all!"));
        await SeenAsync("none participant", "firstwitch: Not so worthy after all!");
        Assert.Empty(await crone.ListAsync("affiliation=member"));

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

    // §9.4: of a members-only room "it SHOULD only send the latter of the two".
    [Fact]
    public async Task Who_is_no_member_any_more_leaves_a_members_only_room()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MembersOnlyAsync(server);

        await crone.ChangeAsync(Item("affiliation=none jid=hag66@example.org"));

        foreach (var client in new[] { crone, wicca, hag })
        {
            var presence = Assert.Single(await client.ReceiveAllAsync(), static element => element.LocalName == "presence");
            Assert.Equal("unavailable", presence.Attribute("type"));
            Assert.Equal(client == hag ? "none none 110 321" : "none none 321", presence.Says());
            Assert.Equal("firstwitch", presence.User().About!.ActorNickname);
        }

        await hag.RefusedAsync($"{Coven}/thirdwitch", "registration-required", "auth");
    }

    // §5.1.2, §5.1.3: a member has voice; a moderator by role stays one.
    [Fact]
    public async Task A_member_has_voice_and_a_moderator_stays_one()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_moderatedroom=1");
        await crone.ChangeAsync(Item("nick=secondwitch role=moderator"));
        await wicca.PresenceAsync($"{Coven}/secondwitch");

        await crone.ChangeAsync(Item("affiliation=member jid=hag66@example.org"), Item("affiliation=member jid=wiccarocks@example.org"));

        Assert.Equal("member participant 110", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("member moderator 110", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());

        await crone.ChangeAsync(Item("affiliation=none jid=hag66@example.org"), Item("affiliation=none jid=wiccarocks@example.org"));

        Assert.Equal("none participant 110", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none moderator 110", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());
    }

    // §9.5: "if the user is not currently affiliated with the room", with the password.
    [Fact]
    public async Task A_new_member_of_a_members_only_room_is_invited()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MembersOnlyAsync(server, "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn");
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.PresenceAsync();
        await hecate.ReceiveAllAsync();

        await crone.ChangeAsync(Item("affiliation=member jid=hecate@example.org"));

        var message = await hecate.MessageAsync();
        Assert.Equal(Coven, message.Attribute("from"));
        var invitations = MucInvitations.In(message.Child(MucUser.Name)!.Value)!;
        Assert.Equal("crone1@example.org", Assert.Single(invitations.Invitations).From?.ToString());
        Assert.Equal("cauldronburn", invitations.Password);

        // Moderators, who see addresses, hear of it; others of a semi-anonymous room do not.
        var notice = await crone.MessageAsync();
        Assert.Equal("member none", notice.Says());
        Assert.Equal("hecate@example.org", notice.User().About!.Jid?.ToString());
        await wicca.ExpectNothingAsync(crone);

        await hecate.EnterAsync($"{Coven}/hecate", "<password>cauldronburn</password>");
    }

    // Code 101; "invitations ... MUST NOT" of an open room.
    [Fact]
    public async Task Who_is_away_is_told_of_his_affiliation()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server, "muc#roomconfig_whois=anyone");
        var hecate = await server.LoginAsync("hecate@example.org/broom");
        await hecate.PresenceAsync();
        await hecate.ReceiveAllAsync();

        await crone.ChangeAsync(Item("affiliation=member jid=hecate@example.org", "A worthy witch indeed!"));

        var message = await hecate.MessageAsync();
        Assert.Equal("member none 101", message.Says());
        Assert.Equal(": A worthy witch indeed!", message.Why());
        Assert.Equal("member none", (await wicca.MessageAsync()).Says());

        // What is so already is told to nobody.
        await crone.ChangeAsync(Item("affiliation=member jid=hecate@example.org"));
        await hecate.ExpectNothingAsync(crone);
        await wicca.ExpectNothingAsync(crone);
    }

    // §9.5: "To unset a reserved nickname, the 'nick' attribute must be set to an empty string."
    [Fact]
    public async Task A_reserved_nickname_is_given_kept_and_given_up()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        await crone.ChangeAsync(Item("affiliation=member jid=hecate@example.org nick=Hecate"));
        Assert.Equal(["member hecate@example.org Hecate -"], await crone.ListAsync("affiliation=member"));

        await crone.ChangeAsync(Item("affiliation=admin jid=hecate@example.org"));
        await wicca.RefusedAsNicknameAsync("Hecate", "conflict", "cancel");

        await crone.ChangeAsync("<item affiliation='admin' jid='hecate@example.org' nick=''/>");
        Assert.Equal(["admin hecate@example.org - -"], await crone.ListAsync("affiliation=admin"));
        await wicca.SendAsync($"<presence to='{Coven}/Hecate'/>");
        Assert.Equal("none participant 110", (await wicca.PresenceAsync($"{Coven}/Hecate")).Says());
    }

    // §7.2.8, §7.10: a nickname is one user's.
    [Theory]
    [InlineData("conflict", "cancel", "secondwitch")]
    [InlineData("conflict", "cancel", "HECATE")]
    [InlineData("not-acceptable", "modify", "&#x200B;")]
    public async Task A_nickname_of_somebody_else_is_not_reserved(string condition, string type, string nickname)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        await crone.ChangeAsync(Item("affiliation=member jid=hecate@example.org nick=Hecate"));

        await crone.DeniedAsync(condition, type, $"<item affiliation='member' jid='hag66@example.org' nick='{nickname}'/>");

        Assert.Equal(["member hecate@example.org Hecate -"], await crone.ListAsync("affiliation=member"));
    }

    // §9.5, examples of the list and its changes.
    [Fact]
    public async Task The_member_list_is_changed_by_what_is_sent()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);
        await crone.ChangeAsync(Item("affiliation=member jid=hag66@example.org"));
        await hag.PresenceAsync($"{Coven}/thirdwitch");

        await crone.ChangeAsync(Item("affiliation=none jid=hag66@example.org"), Item("affiliation=member jid=hecate@example.net"));

        Assert.Equal(["member hecate@example.net - -"], await crone.ListAsync("affiliation=member"));
        Assert.Equal("none participant 110", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
    }

    // §9.5, §5.2.1, §10.5, §10.8, and muc#roomconfig_getmemberlist.
    [Theory]
    [InlineData("outcast", false, "owner admin")]
    [InlineData("outcast", true, "owner admin")]
    [InlineData("member", false, "owner admin moderator")]
    [InlineData("member", true, "owner admin moderator member away")]
    [InlineData("member", false, "owner admin moderator", "muc#roomconfig_getmemberlist=participant", "muc#roomconfig_getmemberlist=moderator")]
    [InlineData("member", false, "owner admin", "muc#roomconfig_getmemberlist=participant")]
    [InlineData("member", true, "owner admin member away participant", "muc#roomconfig_getmemberlist=participant")]
    [InlineData("admin", false, "owner")]
    [InlineData("admin", true, "owner admin member away")]
    [InlineData("owner", false, "owner")]
    [InlineData("owner", true, "owner admin member away")]
    public async Task A_list_is_for_those_for_whom_the_text_has_it(string list, bool isNonAnonymous, string readers, params string[] fields)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(
            Coven,
            [
                Member("owner@example.org", MucAffiliation.Owner), Member("admin@example.org", MucAffiliation.Admin), Member("member@example.org", MucAffiliation.Member),
                Member("away@example.org", MucAffiliation.Member), Member("outcast@example.org", MucAffiliation.Outcast),
            ],
            [$"muc#roomconfig_whois={(isNonAnonymous ? "anyone" : "moderators")}", .. fields]);
        var clients = new Dictionary<string, TestClient>();
        foreach (var name in new[] { "owner", "admin", "moderator", "member", "away", "participant", "outcast" })
        {
            clients[name] = await server.LoginAsync($"{name}@example.org/x");
            if (name is not ("away" or "outcast"))
            {
                await clients[name].EnterAsync($"{Coven}/{name}");
            }
        }

        await clients["owner"].ChangeAsync(Item("nick=moderator role=moderator"));

        var may = new List<string>();
        foreach (var (name, client) in clients)
        {
            var answer = await client.AdminAsync("get", Item($"affiliation={list}"));
            if (answer.Attribute("type") == "result")
            {
                may.Add(name);
            }
            else
            {
                answer.IsError("forbidden", "auth");
            }
        }

        Assert.Equal(readers, string.Join(' ', may));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<item/>")]
    [InlineData("<item affiliation='none'/>")]
    [InlineData("<item role='none'/>")]
    [InlineData("<item role=''/>")]
    [InlineData("<item affiliation=''/>")]
    [InlineData("<item affiliation='member' role='participant'/>")]
    [InlineData("<item affiliation='member'/><item affiliation='admin'/>")]
    public async Task What_is_no_list_is_refused(string items)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);

        (await crone.AdminAsync("get", items)).IsError("bad-request", "modify");
    }

    private static async Task<(TestClient Crone, TestClient Wicca, TestClient Hag)> MembersOnlyAsync(XmppTestServer server, params string[] fields)
    {
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        await crone.ChangeAsync(Item("affiliation=member jid=hag66@example.org"), Item("affiliation=member jid=wiccarocks@example.org"));
        (await crone.ConfigureAsync(Coven, ["muc#roomconfig_membersonly=1", .. fields])).IsResult();
        foreach (var client in new[] { crone, wicca, hag })
        {
            await client.AfterAsync(crone);
        }

        return (crone, wicca, hag);
    }
}
