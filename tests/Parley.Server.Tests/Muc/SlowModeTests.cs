using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Slow mode (XEP-0500 0.1).</summary>
public sealed class SlowModeTests
{
    private const string Field = "muc#roomconfig_slow_mode_duration";

    // §5.1.
    [Fact]
    public async Task Owners_say_how_many_seconds_lie_between_messages()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        var form = DataForm.In((await crone.IqAsync("get", Coven, "<query xmlns='http://jabber.org/protocol/muc#owner'/>")).IsResult()!.Value)!;
        Assert.Equal(DataFormFieldType.TextSingle, form[Field]!.Type);
        Assert.Equal("0", form[Field]!.Value);
        Assert.Equal(new DataFormRange(Minimum: 0), form[Field]!.Range);

        (await crone.ConfigureAsync(Coven, $"{Field}=20")).IsResult();
        Assert.Equal([104], Assert.Single(await hag.AfterAsync(crone)).User().Statuses);
        var info = DiscoInfo.Parse((await hag.IqAsync("get", Coven, "<query xmlns='http://jabber.org/protocol/disco#info'/>")).IsResult()!.Value);
        var told = info.Forms[0]["muc#roominfo_slow_mode_duration"]!;
        Assert.Equal((DataFormFieldType.TextSingle, "20"), (told.Type, told.Value));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("many")]
    public async Task A_duration_that_is_none_is_refused(string value)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.CreateAsync($"{Coven}/firstwitch");

        (await crone.ConfigureAsync(Coven, $"{Field}={value}")).IsError("not-acceptable", "modify");
    }

    // §6.
    [Fact]
    public async Task A_second_message_too_early_is_refused_and_goes_to_nobody()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server, $"{Field}=20");
        await SayAsync(hag, "first");
        Assert.Equal("first", (await hag.MessageAsync()).Body());
        await crone.AfterAsync(hag);
        server.Time.Advance(TimeSpan.FromSeconds(19));

        await SayAsync(hag, "second");

        var refused = await hag.MessageAsync();
        Assert.Equal(Coven, refused.Attribute("from"));
        var error = refused.IsError("policy-violation", "wait");
        Assert.Contains("20 seconds", error.Child("text", "urn:ietf:params:xml:ns:xmpp-stanzas")?.Text, StringComparison.Ordinal);
        await crone.ExpectNothingAsync(hag);

        // What is refused does not count, and another user is not concerned.
        await SayAsync(wicca, "other");
        Assert.Equal("other", (await hag.MessageAsync()).Body());
        server.Time.Advance(TimeSpan.FromSeconds(1));
        await SayAsync(hag, "third");
        Assert.Equal("third", (await hag.MessageAsync()).Body());
    }

    [Fact]
    public async Task What_has_no_body_passes_and_to_enter_again_does_not_help()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, $"{Field}=20");
        await SayAsync(hag, "first");
        await hag.MessageAsync();

        await hag.SendAsync($"<message type='groupchat' to='{Coven}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
        Assert.Equal("groupchat", (await hag.MessageAsync()).Attribute("type"));

        await hag.SendAsync($"<presence type='unavailable' to='{Coven}/thirdwitch'/>");
        await hag.EnterAsync($"{Coven}/hag", "<history maxstanzas='0'/>");
        await SayAsync(hag, "second");
        (await hag.MessageAsync()).IsError("policy-violation", "wait");
        var tablet = await server.LoginAsync("hag66@example.org/tablet");
        await tablet.EnterAsync($"{Coven}/hag", "<history maxstanzas='0'/>");
        await SayAsync(tablet, "second");
        (await tablet.MessageAsync()).IsError("policy-violation", "wait");
    }

    [Fact]
    public async Task Admins_and_owners_always_speak()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server, $"{Field}=20", "muc#roomconfig_roomadmins=wiccarocks@example.org");
        foreach (var client in new[] { crone, wicca })
        {
            await SayAsync(client, "1");
            await SayAsync(client, "2");
            await client.BarrierAsync();
        }

        Assert.Equal(["1", "2", "1", "2"], (await crone.ReceiveAllAsync()).Where(static element => element.LocalName == "message").Select(StanzaAssert.Body));
    }

    private static Task SayAsync(TestClient client, string body) => client.SendAsync($"<message type='groupchat' to='{Coven}'><body>{body}</body></message>");
}
