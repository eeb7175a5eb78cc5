using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.AdminClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Whose presence is for everybody (XEP-0045 §15.5.3, presencebroadcast): each set of roles, each role; and who sees addresses (§7.2.4).</summary>
public sealed class BroadcastTableTests
{
    private const string Field = "muc#roomconfig_presencebroadcast";
    private static readonly string[] Roles = ["visitor", "participant", "moderator"];

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            for (var set = 0; set < 1 << Roles.Length; set++)
            {
                foreach (var role in Roles)
                {
                    all.Add(string.Join(' ', Roles.Where((_, place) => (set & (1 << place)) != 0)), role);
                }
            }

            return all;
        }
    }

    // §7.2.2, §7.6, §7.7, §7.14; of oneself, always.
    [Theory]
    [MemberData(nameof(All))]
    public async Task Of_each_role_the_others_hear_or_do_not_and_he_himself_does(string broadcast, string role)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca) = await EnterAsync(server, broadcast.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var affiliation = role switch { "moderator" => "admin", "participant" => "member", _ => "none" };
        await crone.ChangeAsync(Item($"affiliation={affiliation} jid=hag66@example.org"));
        await crone.ReceiveAllAsync();
        var hag = await server.LoginAsync("hag66@example.org/pda");

        var entry = await hag.EnterAsync($"{Coven}/thirdwitch");
        string[] others = [.. IsSeen("moderator") ? new[] { "firstwitch" } : [], .. IsSeen("visitor") ? new[] { "secondwitch" } : []];
        Assert.Equal([.. others, "thirdwitch"], entry.Presences.Select(static presence => presence.Attribute("from")![(Coven.Length + 1)..]));
        Assert.Equal($"{affiliation} {role} 110 170", entry.Own.Says());

        await hag.SendAsync($"<presence to='{Coven}/thirdwitch'><show>away</show></presence>");
        Assert.Equal("away", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Child("show", "jabber:client")?.Text);
        await hag.SendAsync($"<presence to='{Coven}/oldhag'/>");
        Assert.Equal($"{affiliation} {role} 110 303", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal($"{affiliation} {role} 110", (await hag.PresenceAsync($"{Coven}/oldhag")).Says());
        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/oldhag'/>");
        Assert.Equal($"{affiliation} none 110", (await hag.PresenceAsync($"{Coven}/oldhag")).Says());

        string[] heard =
        [
            $"thirdwitch {affiliation} {role}", $"thirdwitch {affiliation} {role}", $"thirdwitch {affiliation} {role} 303", $"oldhag {affiliation} {role}",
            $"oldhag {affiliation} none",
        ];
        foreach (var other in new[] { crone, wicca })
        {
            Assert.Equal(
                IsSeen(role) ? heard : [],
                (await other.AfterAsync(hag)).Select(static presence => $"{presence.Attribute("from")![(Coven.Length + 1)..]} {presence.Says()}"));
        }

        bool IsSeen(string other) => broadcast.Contains(other, StringComparison.Ordinal);
    }

    // §5.1.3: who gets a role that is not shown goes, for the others, and is there again with one that is.
    [Fact]
    public async Task Who_loses_a_role_that_is_seen_goes_for_the_others_and_comes_back_with_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca) = await EnterAsync(server, "moderator", "participant");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await hag.EnterAsync($"{Coven}/thirdwitch");
        await wicca.ExpectNothingAsync(hag);

        await crone.ChangeAsync(Item("nick=thirdwitch role=participant"));
        Assert.Equal("none participant", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).Says());
        await crone.ChangeAsync(Item("nick=thirdwitch role=visitor"));
        var gone = await wicca.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal(("unavailable", "none visitor"), (gone.Attribute("type"), gone.Says()));
        Assert.Equal(["none participant 110", "none visitor 110"], (await hag.AfterAsync(crone)).Select(static presence => presence.Says()));

        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        await wicca.ExpectNothingAsync(hag);
    }

    // Nobody stays in the lists of those who have seen him.
    [Theory]
    [InlineData($"<presence type='unavailable' to='{Coven}/secondwitch'/>", "none none")]
    [InlineData($"<presence to='{Coven}/secondwitch'><show>away</show></presence>", "none visitor")]
    [InlineData($"<presence to='{Coven}/oldhag'/>", "none visitor")]
    public async Task Who_was_seen_before_the_owner_hid_his_role_goes_for_the_others_with_what_he_does_next(string stanza, string expected)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca) = await EnterAsync(server, Roles);
        (await crone.ConfigureAsync(Coven, $"{Field}=moderator")).IsResult();
        await crone.ReceiveAllAsync();

        await wicca.SendAsync(stanza);

        var gone = Assert.Single(await crone.AfterAsync(wicca));
        Assert.Equal(("unavailable", expected, $"{Coven}/secondwitch"), (gone.Attribute("type"), gone.Says(), gone.Attribute("from")));
        await wicca.SendAsync($"<presence to='{Coven}/fourthwitch'>{Enter()}<show>xa</show></presence>");
        await crone.ExpectNothingAsync(wicca);
    }

    // The other way round: who entered while his role was shown knows him.
    [Fact]
    public async Task Who_was_shown_to_who_entered_goes_for_him_though_his_role_is_hidden_again()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca) = await EnterAsync(server, "moderator", "participant");
        (await crone.ConfigureAsync(Coven, [.. Roles.Select(static role => $"{Field}={role}")])).IsResult();
        var hag = await server.LoginAsync("hag66@example.org/pda");
        Assert.Contains((await hag.EnterAsync($"{Coven}/thirdwitch")).Presences, static presence => presence.Attribute("from") == $"{Coven}/secondwitch");
        (await crone.ConfigureAsync(Coven, $"{Field}=moderator")).IsResult();
        await hag.AfterAsync(crone);

        await wicca.SendAsync($"<presence type='unavailable' to='{Coven}/secondwitch'/>");

        var gone = Assert.Single(await hag.AfterAsync(wicca));
        Assert.Equal(("unavailable", "none none", $"{Coven}/secondwitch"), (gone.Attribute("type"), gone.Says(), gone.Attribute("from")));
    }

    // §9.6 demands his new presence and nothing else: addresses come with what the others send next, and at once to who asks to enter again (§16.3).
    [Fact]
    public async Task Who_becomes_a_moderator_sees_addresses_from_then_on()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.ChangeAsync(Item("nick=secondwitch role=moderator"));
        Assert.Equal(["none moderator 110"], (await wicca.AfterAsync(crone)).Select(static presence => presence.Says()));

        await hag.SendAsync($"<presence to='{Coven}/thirdwitch'><show>away</show></presence>");
        Assert.Equal("hag66@example.org/pda", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).User().About!.Jid?.ToString());
        Assert.Equal(
            ["crone1@example.org/desktop", "hag66@example.org/pda", "wiccarocks@example.org/laptop"],
            (await wicca.EnterAsync($"{Coven}/secondwitch")).Presences.Select(static presence => presence.User().About!.Jid?.ToString()));

        await crone.ChangeAsync(Item("nick=secondwitch role=participant"));
        await wicca.AfterAsync(crone);
        await hag.SendAsync($"<presence to='{Coven}/thirdwitch'/>");
        Assert.Null((await wicca.PresenceAsync($"{Coven}/thirdwitch")).User().About!.Jid);
    }

    // firstwitch owns the room, secondwitch is a visitor.
    private static async Task<(TestClient Crone, TestClient Wicca)> EnterAsync(XmppTestServer server, params string[] broadcast)
    {
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        await server.CreateAccountAsync("hag66@example.org");
        await crone.CreateAsync($"{Coven}/firstwitch", ["muc#roomconfig_moderatedroom=1", .. broadcast.Length == 0 ? [Field] : broadcast.Select(static role => $"{Field}={role}")]);
        await wicca.EnterAsync($"{Coven}/secondwitch");
        await crone.ReceiveAllAsync();
        return (crone, wicca);
    }
}
