using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc;
using Parley.Server.Storage;
using Parley.Server.Tests.Discovery;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Registering with rooms (XEP-0045 §7.10, §7.12, §9.9).</summary>
public sealed class RegistrationTests
{
    private static Task<XmppTestServer> StartAsync(RoomRegistrationPolicy policy) =>
        XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(options => options.Registration = policy));

    private static Task<XmlElement> AskAsync(TestClient client, string room = Coven) => client.IqAsync("get", room, "<query xmlns='jabber:iq:register'/>");

    private static Task<XmlElement> SetAsync(TestClient client, string content) => client.IqAsync("set", Coven, $"<query xmlns='jabber:iq:register'>{content}</query>");

    private static string Form(string nickname, string formType = RoomRegistrationForm.FormType) =>
        $"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{formType}</value></field>"
        + "<field var='muc#register_first'><value>Brunhilde</value></field><field var='muc#register_last'><value>Entwhistle-Throckmorton</value></field>"
        + $"<field var='muc#register_roomnick'><value>{nickname}</value></field><field var='muc#register_url'><value>http://witchesonline/~hag66/</value></field>"
        + "<field var='muc#register_email'><value>hag66@witchesonline</value></field><field var='muc#register_faqentry'><value>Just another witch.</value></field></x>";

    private static async Task<DataForm> RequestAsync(TestClient admin)
    {
        var message = await admin.MessageAsync();
        Assert.Equal(Coven, message.Attribute("from"));
        return DataForm.In(message)!;
    }

    private static Task DecideAsync(TestClient admin, DataForm form, string allow) => admin.SendAsync(
        $"<message id='decision' to='{Coven}'>{System.Text.Encoding.UTF8.GetString(XmlFragment.Build(DataForm.Of(DataFormType.Submit, RoomRegistrationForm.FormType, form.Fields.Skip(1).Select(field => new DataFormField(field.Variable, null, field.Variable == RoomRegistrationForm.Allow ? [allow] : field.Values))).WriteTo))}</message>");

    [Fact]
    [Example(66, 69, 70, 71, 75, 76, 77, 78)]
    public async Task A_user_registers_and_all_see_that_he_is_a_member()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        var query = (await AskAsync(hag)).IsResult()!.Value;
        Assert.Null(query.Child("registered", "jabber:iq:register"));
        var form = DataForm.In(query)!;
        Assert.Equal(RoomRegistrationForm.FormType, form.FormType);
        Assert.True(form[RoomRegistrationForm.Nickname]!.IsRequired);
        (await SetAsync(hag, Form("thirdwitch"))).IsResult();

        var presence = await crone.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("member participant", presence.Says());
        Assert.Equal("hag66@example.org/pda", presence.User().About!.Jid!.ToString());

        query = (await AskAsync(hag)).IsResult()!.Value;
        Assert.NotNull(query.Child("registered", "jabber:iq:register"));
        Assert.Equal("thirdwitch", query.Child("username", "jabber:iq:register")?.Text);
        Assert.Equal("thirdwitch", Assert.Single((await hag.InfoAsync(Coven, "x-roomuser-item")).Identities).Name);
        Assert.Contains("http://jabber.org/protocol/muc#register", (await hag.InfoAsync(Coven)).Features);
    }

    [Fact]
    [Example(67, 68, 72, 73, 74)]
    public async Task What_cannot_be_registered_is_refused()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(
            Coven, [Member("crone1@example.org", MucAffiliation.Owner, "Crone"), Member("macbeth@example.org", MucAffiliation.Outcast)]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync($"{Coven}/firstwitch");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var macbeth = await server.LoginAsync("macbeth@example.org/castle");

        (await AskAsync(hag, $"nowhere@{Service}")).IsError("item-not-found", "cancel");
        (await AskAsync(macbeth)).IsError("not-allowed", "cancel");
        (await SetAsync(macbeth, Form("thane"))).IsError("not-allowed", "cancel");
        (await SetAsync(hag, Form("crone"))).IsError("conflict", "cancel");
        (await SetAsync(hag, Form("firstwitch"))).IsError("conflict", "cancel");
        (await SetAsync(hag, "<username>thirdwitch</username>")).IsError("bad-request", "modify");
        (await SetAsync(hag, Form("thirdwitch", "urn:x"))).IsError("bad-request", "modify");
        (await SetAsync(hag, Form(""))).IsError("bad-request", "modify");
        (await SetAsync(hag, Form(new string('x', 300)))).IsError("not-acceptable", "modify");
        (await SetAsync(hag, "<x xmlns='jabber:x:data' type='submit'><field var='muc#register_first'><value>B</value></field></x>")).IsError("bad-request", "modify");
        (await SetAsync(hag, "<x xmlns='jabber:x:data' type='cancel'/>")).IsResult();
        Assert.Null((await AskAsync(hag)).IsResult()!.Value.Child("registered", "jabber:iq:register"));
        await using var closed = await StartAsync(RoomRegistrationPolicy.None);
        var wicca = await closed.LoginAsync("wiccarocks@example.org/laptop");
        await wicca.CreateAsync($"{Coven}/secondwitch");
        (await AskAsync(wicca)).IsError("service-unavailable", "cancel");
        Assert.DoesNotContain("jabber:iq:register", (await wicca.InfoAsync(Coven)).Features);
    }

    // §7.12, last paragraph; also against a nickname that is only too much like it.
    [Fact]
    public async Task A_reserved_nickname_is_nobody_elses_to_enter_with_or_change_to()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        (await SetAsync(hag, Form("Graymalkin"))).IsResult();
        var stranger = await server.LoginAsync("macbeth@example.org/castle");
        await wicca.BarrierAsync();
        await wicca.ReceiveAllAsync();

        await stranger.RefusedAsync($"{Coven}/graymalkin", "conflict", "cancel");
        await wicca.RefusedAsNicknameAsync("GRAYMALKIN", "conflict", "cancel");

        // Its owner is not bound to it, and gets it at any time.
        await hag.SendAsync($"<presence to='{Coven}/Graymalkin'/>");
        await crone.PresenceAsync($"{Coven}/Graymalkin");
    }

    [Fact]
    public async Task A_registration_is_kept_and_can_be_changed_and_given_up()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner)]);
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var store = server.Get<IRoomStore>();
        async Task<RoomMember?> StoredAsync() =>
            (await store.FindAsync(Parley.Protocol.Addressing.Jid.Parse(Coven), CancellationToken.None))!.Members.SingleOrDefault(static member => member.User.Local == "hag66");

        (await SetAsync(hag, "<remove/>")).IsError("registration-required", "auth");
        (await SetAsync(hag, Form("thirdwitch"))).IsResult();
        await hag.BarrierAsync();
        Assert.Equal((MucAffiliation.Member, "thirdwitch"), ((await StoredAsync())!.Affiliation, (await StoredAsync())!.Nickname));
        (await SetAsync(hag, Form("Graymalkin"))).IsResult();
        await hag.BarrierAsync();
        Assert.Equal("Graymalkin", (await StoredAsync())!.Nickname);
        (await SetAsync(hag, "<remove/><username>x</username>")).IsError("bad-request", "modify");
        (await SetAsync(hag, "<remove/>")).IsResult();
        await hag.BarrierAsync();
        Assert.Null(await StoredAsync());
    }

    [Fact]
    public async Task An_owner_who_gives_his_nickname_up_stays_owner()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner)]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");

        (await SetAsync(crone, Form("Crone"))).IsResult();
        (await SetAsync(crone, "<remove/>")).IsResult();

        Assert.Equal("owner moderator 110 170", (await crone.EnterAsync($"{Coven}/firstwitch")).Own.Says());
        Assert.Empty((await crone.InfoAsync(Coven, "x-roomuser-item")).Identities);
    }

    // Where not everybody may enter or speak, and where the server says so.
    [Theory]
    [Example(151)]
    [InlineData("muc#roomconfig_membersonly=1")]
    [InlineData("muc#roomconfig_moderatedroom=1")]
    [InlineData("muc#roomconfig_roomname=Cave")]
    public async Task An_admin_in_the_room_is_asked(string field)
    {
        await using var server = await StartAsync(field.EndsWith("Cave", StringComparison.Ordinal) ? RoomRegistrationPolicy.Approved : RoomRegistrationPolicy.Open);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await hag.PresenceAsync();
        await crone.CreateAsync($"{Coven}/firstwitch", field);

        (await SetAsync(hag, Form("thirdwitch"))).IsResult();
        var form = await RequestAsync(crone);
        Assert.Equal(
            ["Brunhilde", "Entwhistle-Throckmorton", "thirdwitch", "0"],
            new[] { RoomRegistrationForm.FirstName, RoomRegistrationForm.LastName, RoomRegistrationForm.Nickname, RoomRegistrationForm.Allow }.Select(form.Text));
        Assert.Null((await AskAsync(hag)).IsResult()!.Value.Child("registered", "jabber:iq:register"));
        (await SetAsync(hag, Form("thirdwitch"))).IsError("resource-constraint", "wait");
        await DecideAsync(crone, form, "1");
        await crone.BarrierAsync();

        // §18.1; or as any new member of such a room is told (§9.5).
        var notice = await hag.MessageAsync();
        Assert.Equal(
            field.StartsWith("muc#roomconfig_membersonly", StringComparison.Ordinal) ? "crone1@example.org" : "101",
            MucInvitations.In(notice.Child(MucUser.Name)!.Value)?.Invitations[0].From?.ToString() ?? $"{Assert.Single(notice.User().Statuses)}");
        Assert.Equal("thirdwitch", (await AskAsync(hag)).IsResult()!.Value.Child("username", "jabber:iq:register")?.Text);
        Assert.StartsWith("member participant", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admins_who_are_away_are_asked_when_they_come_and_may_say_no()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner), Member("wiccarocks@example.org", MucAffiliation.Member)], "muc#roomconfig_membersonly=1");
        await server.CreateAccountAsync("crone1@example.org");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        await wicca.EnterAsync($"{Coven}/secondwitch");
        (await SetAsync(hag, Form("thirdwitch"))).IsResult();
        await hag.BarrierAsync();

        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.PresenceAsync();
        var form = await RequestAsync(crone);
        await DecideAsync(wicca, form, "1");
        (await wicca.MessageAsync()).IsError("forbidden", "auth");
        await DecideAsync(crone, form, "0");
        await crone.BarrierAsync();
        await hag.RefusedAsync($"{Coven}/thirdwitch", "registration-required", "auth");

        // He may ask again.
        (await SetAsync(hag, Form("thirdwitch"))).IsResult();
        await DecideAsync(crone, await RequestAsync(crone), "1");
        await crone.BarrierAsync();
        await hag.EnterAsync($"{Coven}/thirdwitch");
    }

    [Fact]
    public async Task A_decision_comes_too_late_when_the_nickname_is_taken()
    {
        await using var server = await StartAsync(RoomRegistrationPolicy.Approved);
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        (await SetAsync(hag, Form("Graymalkin"))).IsResult();
        var form = await RequestAsync(crone);
        await wicca.SendAsync($"<presence to='{Coven}/Graymalkin'/>");
        await wicca.BarrierAsync();
        await crone.BarrierAsync();
        await crone.ReceiveAllAsync();

        await DecideAsync(crone, form, "1");

        (await crone.MessageAsync()).IsError("conflict", "cancel");
    }

    // Whoever makes users by the hundred does not keep admins from banning them.
    [Fact]
    public async Task Who_registers_leaves_room_for_what_admins_decide()
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(static options => options.MaxAffiliations = 4));
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);
        var hecate = await server.LoginAsync("hecate@example.org/broom");

        (await SetAsync(wicca, Form("secondwitch"))).IsResult();
        (await SetAsync(hag, Form("thirdwitch"))).IsResult();
        (await SetAsync(hecate, Form("hecate"))).IsError("resource-constraint", "wait");

        await crone.ChangeAsync(AdminClient.Item("affiliation=outcast jid=macbeth@example.org"));
    }

    [Fact]
    public async Task A_room_has_so_many_members()
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(static options => options.MaxAffiliations = 2));
        var (_, wicca, hag) = await MessageTests.WitchesAsync(server);

        (await SetAsync(wicca, Form("secondwitch"))).IsResult();
        (await SetAsync(hag, Form("thirdwitch"))).IsError("resource-constraint", "wait");
        (await SetAsync(wicca, Form("Graymalkin"))).IsResult();
    }
}
