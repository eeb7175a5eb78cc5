using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Tests.Archive;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Archive.ArchiveClient;
using static Parley.Server.Tests.Muc.AdminClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>What somebody sends to a room who means no good: what is not his to say, lists that are not his to see, the owner's place that is not to be empty.</summary>
public sealed class HostileRoomTests
{
    // Three of each, as the rows of the hostile inputs have it.
    private static readonly string Forged = string.Concat(Enumerable.Repeat(
        $"<stanza-id xmlns='urn:xmpp:sid:0' by='{Coven}' id='forged'/>"
        + $"<stanza-id xmlns='urn:xmpp:sid:0' by='{Coven}/firstwitch' id='forged'/>"
        + "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>"
        + $"<delay xmlns='urn:xmpp:delay' from='{Coven}' stamp='2002-10-13T23:58:37Z'>forged</delay>"
        + $"<delay xmlns='urn:xmpp:delay' from='{Service}' stamp='2002-10-13T23:58:37Z'>forged</delay>"
        + "<delay xmlns='urn:xmpp:delay' stamp='2002-10-13T23:58:37Z'>forged</delay>"
        + "<x xmlns='jabber:x:delay' stamp='20021013T23:58:37'>forged</x>"
        + "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' nick='forged'/><status code='110'/></x>"
        + "<hats xmlns='urn:xmpp:hats:0'><hat uri='forged' title='forged'/></hats>",
        3));

    [Theory]
    [InlineData("<message type='groupchat' to='coven@conference.example.org'>{0}<body>x</body>{0}</message>")]
    [InlineData("<message type='groupchat' to='coven@conference.example.org'>{0}<subject>x</subject>{0}</message>")]
    [InlineData("<message type='chat' to='coven@conference.example.org/firstwitch'>{0}<body>x</body>{0}</message>")]
    [InlineData("<presence to='coven@conference.example.org/thirdwitch'>{0}<show>away</show>{0}</presence>")]
    [InlineData("<presence to='coven@conference.example.org/oldhag'>{0}<show>away</show>{0}</presence>")]
    [InlineData("<presence to='coven@conference.example.org/thirdwitch' type='unavailable'>{0}<status>bye</status>{0}</presence>")]
    public async Task What_is_the_room_s_to_say_is_said_by_nobody_else(string stanza)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_changesubject=1");

        await hag.SendAsync(stanza.Replace("{0}", Forged, StringComparison.Ordinal));

        var received = await crone.AfterAsync(hag);
        Assert.NotEmpty(received);
        foreach (var element in received)
        {
            Assert.DoesNotContain("forged", element.ToText(), StringComparison.Ordinal);
            Assert.Equal(1, Count(element, "occupant-id"));
            Assert.True(Count(element, "x") <= 1, element.ToText());
            if (element.LocalName == "presence")
            {
                Assert.Equal((MucAffiliation.None, false), (element.User().About!.Affiliation, element.User().Statuses.Contains(110)));
            }
        }

        // Neither has the archive, nor who enters later.
        Assert.DoesNotContain((await crone.AskAsync(Query(), Coven)).Results, static result => result.Forwarded.Stanza.Children.Any(static child => child.Is("hats"u8, "urn:xmpp:hats:0"u8)));
        var entry = await (await server.LoginAsync("hecate@example.org/broom")).EnterAsync($"{Coven}/hecate");
        Assert.DoesNotContain(entry.All, static element => element.ToText().Contains("forged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_enters_says_nothing_of_it_either()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);
        var hecate = await server.LoginAsync("hecate@example.org/broom");

        var own = (await hecate.EnterAsync($"{Coven}/hecate", payload: Forged)).Own;

        foreach (var presence in new[] { own, await crone.PresenceAsync($"{Coven}/hecate") })
        {
            Assert.DoesNotContain("forged", presence.ToText(), StringComparison.Ordinal);
            Assert.Equal((1, 1, MucAffiliation.None), (Count(presence, "occupant-id"), Count(presence, "x"), presence.User().About!.Affiliation));
        }
    }

    // §5.2.1, §9.2, §9.5, §10.5, §10.8: in a room that hides addresses, lists are for admins and owners.
    [Theory]
    [InlineData("outcast", "outcast admin owner member")]
    [InlineData("none", "outcast admin owner member")]
    [InlineData("member", "outcast admin owner member")]
    [InlineData("admin", "admin owner")]
    public async Task Lists_are_not_for_who_has_no_right_to_them(string affiliation, string lists)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(
            Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("hag66@example.org", MucNames.ParseAffiliation(affiliation)), Member("macbeth@example.net", MucAffiliation.Outcast)]);
        var hag = await server.LoginAsync("hag66@example.org/pda");

        // From outside; then in the room, where he may be.
        for (var isInside = false; ; isInside = true)
        {
            foreach (var list in lists.Split(' '))
            {
                var answer = await hag.AdminAsync("get", Item($"affiliation={list}"));
                answer.IsError("forbidden", "auth");
                Assert.DoesNotContain("crone1", answer.ToText(), StringComparison.Ordinal);
                Assert.DoesNotContain("macbeth", answer.ToText(), StringComparison.Ordinal);
            }

            if (isInside || affiliation == "outcast")
            {
                break;
            }

            await hag.EnterAsync($"{Coven}/thirdwitch");
        }
    }

    // §10.4: "If an owner attempts to revoke the last owner ..." – conflict, whatever comes beside it, and by the form as well.
    [Theory]
    [InlineData("affiliation=admin jid=crone1@example.org")]
    [InlineData("affiliation=none jid=crone1@example.org")]
    [InlineData("affiliation=none nick=firstwitch")]
    [InlineData("affiliation=member jid=crone1@example.org", "affiliation=admin jid=wiccarocks@example.org")]
    public async Task The_last_owner_stays(params string[] items)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        await crone.DeniedAsync("conflict", "cancel", [.. items.Select(static item => Item(item))]);
        (await crone.ConfigureAsync(Coven, "muc#roomconfig_roomowners")).IsError("conflict", "cancel");

        await hag.ExpectNothingAsync(crone);
        Assert.Equal(["owner crone1@example.org firstwitch -"], await crone.ListAsync("affiliation=owner"));

        // Two that go at once are the last, too.
        await crone.ChangeAsync(Item("affiliation=owner jid=wiccarocks@example.org"));
        await crone.DeniedAsync("conflict", "cancel", Item("affiliation=none jid=wiccarocks@example.org"), Item("affiliation=none jid=crone1@example.org"));
        await crone.ChangeAsync(Item("affiliation=none jid=crone1@example.org"));
        await wicca.DeniedAsync("conflict", "cancel", Item("affiliation=admin jid=wiccarocks@example.org"));
    }

    private static int Count(XmlElement element, string name)
    {
        var count = 0;
        foreach (var child in element.Children)
        {
            count += child.LocalName == name ? 1 : 0;
        }

        return count;
    }
}
