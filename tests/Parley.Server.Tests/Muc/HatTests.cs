using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Hats (XEP-0317 0.3).</summary>
public sealed class HatTests
{
    private const string Uri = "http://tech.example.edu/hats#TeacherAssistant";
    private const string Create = $"<field var='hats#title'><value>Assistant</value></field><field var='hats#uri'><value>{Uri}</value></field><field var='hats#hue'><value>327.255249</value></field>";
    private const string Give = $"<field var='hats#jid'><value>hag66@example.org</value></field><field var='hats#uri'><value>{Uri}</value></field>";

    // §3.1, §4.1, §4.4: made and given in two steps each.
    [Fact]
    public async Task A_hat_is_made_and_given_and_everybody_sees_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        var asked = await CommandAsync(crone, "create");
        Assert.Equal("executing", asked.Attribute("status"));
        Assert.Equal(["FORM_TYPE", "hats#title", "hats#uri", "hats#hue"], DataForm.In(asked)!.Fields.Select(static field => field.Variable));
        var done = await CommandAsync(crone, "create", Create, asked.Attribute("sessionid"));
        Assert.Equal(("completed", asked.Attribute("sessionid")), (done.Attribute("status"), done.Attribute("sessionid")));
        Assert.Equal([104], Assert.Single(await wicca.AfterAsync(crone)).User().Statuses);

        var form = DataForm.In(await CommandAsync(crone, "assign"))!;
        Assert.Equal([Uri], form["hats#uri"]!.Options.Select(static option => option.Value));
        await CommandAsync(crone, "assign", Give);

        var hat = Assert.Single(Worn(await wicca.PresenceAsync($"{Coven}/thirdwitch")));
        Assert.Equal(new Hat(Uri, "Assistant", 327.255249), hat);
        Assert.Single(Worn(await hag.PresenceAsync($"{Coven}/thirdwitch")));
        var late = await server.LoginAsync("late@example.org/pda");
        Assert.Single(Worn((await late.EnterAsync($"{Coven}/late")).Presences.Single(static presence => presence.Attribute("from") == $"{Coven}/thirdwitch")));
    }

    // §4.2, §4.5.
    [Theory]
    [InlineData("unassign", Give)]
    [InlineData("destroy", $"<field var='hats#uri'><value>{Uri}</value></field>")]
    public async Task A_hat_is_taken_and_everybody_sees_it(string command, string fields)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        await CommandAsync(crone, "create", Create);
        await CommandAsync(crone, "assign", Give);
        await wicca.AfterAsync(crone);

        await CommandAsync(crone, command, fields);

        Assert.Empty(Worn(await wicca.PresenceAsync($"{Coven}/thirdwitch")));
        Assert.Empty(DataForm.In(await CommandAsync(crone, "list-assigned"))!.Items);
        Assert.Equal(command == "destroy" ? 0 : 1, DataForm.In(await CommandAsync(crone, "list"))!.Items.Count);
    }

    // §4.1: another hat of the same URI.
    [Fact]
    public async Task A_hat_that_changes_is_shown_anew()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        await CommandAsync(crone, "create", Create);
        await CommandAsync(crone, "assign", Give);
        await wicca.AfterAsync(crone);

        await CommandAsync(crone, "create", Create.Replace(">Assistant<", ">Teacher<", StringComparison.Ordinal));

        Assert.Equal("Teacher", Assert.Single(Worn(await wicca.PresenceAsync($"{Coven}/thirdwitch"))).Title);
    }

    [Theory]
    [InlineData("create", Create)]
    [InlineData("create", "")]
    [InlineData("list-assigned", "")]
    public async Task Others_than_admins_and_owners_are_refused(string command, string fields)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (_, _, hag) = await MessageTests.WitchesAsync(server);

        (await hag.IqAsync("set", Coven, Xml(command, fields))).IsError("forbidden", "auth");
    }

    [Theory]
    [InlineData("create", "<field var='hats#title'><value>x</value></field>", "not-acceptable", "modify")]
    [InlineData("assign", Give, "not-acceptable", "modify")]
    [InlineData("dye", "", "item-not-found", "cancel")]
    public async Task What_makes_no_sense_is_refused(string command, string fields, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, _) = await MessageTests.WitchesAsync(server);

        (await crone.IqAsync("set", Coven, Xml(command, fields))).IsError(condition, type);
    }

    [Fact]
    public async Task Nobody_gives_himself_a_hat()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        await hag.SendAsync($"<presence to='{Coven}/thirdwitch'><status>x</status><hats xmlns='urn:xmpp:hats:0'><hat uri='u' title='Host'/></hats></presence>");

        Assert.Empty(Worn(await crone.PresenceAsync($"{Coven}/thirdwitch")));
    }

    // §2, and what is stored.
    [Fact]
    public async Task The_room_says_that_it_has_hats_and_keeps_them()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch", "muc#roomconfig_persistentroom=1");
        Assert.Null((await InfoAsync(crone)).Forms[0]["hats#hash"]);
        await CommandAsync(crone, "create", Create);
        await CommandAsync(crone, "assign", Give);

        var info = await InfoAsync(crone);

        Assert.Contains("urn:xmpp:hats:0", info.Features);
        Assert.NotNull(info.Forms[0]["hats#hash"]?.Value);
        var stored = System.Text.Encoding.UTF8.GetString((await server.Get<IRoomStore>().FindAsync(Jid.Parse(Coven), CancellationToken.None))!.Row.Document.Span);
        Assert.Contains($"user='hag66@example.org' uri='{Uri}'", stored, StringComparison.Ordinal);

        // Forgotten, and read again.
        await crone.SendAsync($"<presence type='unavailable' to='{Coven}/firstwitch'/>");
        await crone.BarrierAsync();
        await crone.ReceiveAllAsync();
        server.Time.Advance(TimeSpan.FromHours(1));
        await crone.EnterAsync($"{Coven}/firstwitch");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        Assert.Single(Worn((await hag.EnterAsync($"{Coven}/thirdwitch")).Own));
    }

    private static async Task<DiscoInfo> InfoAsync(TestClient client) =>
        DiscoInfo.Parse((await client.IqAsync("get", Coven, "<query xmlns='http://jabber.org/protocol/disco#info'/>")).IsResult()!.Value);

    private static async Task<XmlElement> CommandAsync(TestClient client, string command, string fields = "", string? session = null) =>
        (await client.IqAsync("set", Coven, Xml(command, fields, session))).IsResult()!.Value;

    private static string Xml(string command, string fields, string? session = null) =>
        $"<command xmlns='http://jabber.org/protocol/commands' node='urn:xmpp:hats:commands:{command}'{(session is null ? "" : $" sessionid='{session}'")}>"
        + (fields.Length == 0 ? "" : $"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:hats:commands</value></field>{fields}</x>") + "</command>";

    private static IReadOnlyList<Hat> Worn(XmlElement presence) => presence.Child(Hats.Name) is { } hats ? Hats.Parse(hats).Worn : [];
}
