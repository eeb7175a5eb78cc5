using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Creating rooms, instant and reserved, and configuring them (XEP-0045 §10.1, §10.2), and their end (§10.9).</summary>
public sealed class CreationTests
{
    private const string Owner = "http://jabber.org/protocol/muc#owner";

    [Fact]
    [Example(155)]
    public async Task An_instant_room_is_unlocked_by_an_empty_form()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.EnterAsync($"{Coven}/firstwitch");

        Assert.Null((await crone.IqAsync("set", Coven, $"<query xmlns='{Owner}'><x xmlns='jabber:x:data' type='submit'/></query>")).IsResult());

        await hag.EnterAsync($"{Coven}/thirdwitch");
    }

    [Fact]
    [Example(156, 159, 160)]
    public async Task A_reserved_room_is_as_its_form_says()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        var wicca = await server.LoginAsync("wiccarocks@example.org/laptop");
        var hag = await server.LoginAsync("hag66@example.org/pda");
        await crone.EnterAsync($"{Coven}/firstwitch");

        var form = DataForm.In((await crone.IqAsync("get", Coven, $"<query xmlns='{Owner}'/>")).IsResult()!.Value)!;
        Assert.Equal("http://jabber.org/protocol/muc#roomconfig", form.FormType);
        string[] registered =
        [
            "muc#maxhistoryfetch", "muc#roomconfig_allowpm", "muc#roomconfig_allowinvites", "muc#roomconfig_changesubject", "muc#roomconfig_enablelogging",
            "muc#roomconfig_getmemberlist", "muc#roomconfig_lang", "muc#roomconfig_pubsub", "muc#roomconfig_maxusers", "muc#roomconfig_membersonly",
            "muc#roomconfig_moderatedroom", "muc#roomconfig_passwordprotectedroom", "muc#roomconfig_persistentroom", "muc#roomconfig_presencebroadcast",
            "muc#roomconfig_publicroom", "muc#roomconfig_roomadmins", "muc#roomconfig_roomdesc", "muc#roomconfig_roomname", "muc#roomconfig_roomowners",
            "muc#roomconfig_roomsecret", "muc#roomconfig_whois",
        ];
        Assert.Empty(registered.Except(form.Fields.Select(static field => field.Variable)));

        (await crone.ConfigureAsync(
            Coven,
            "FORM_TYPE=http://jabber.org/protocol/muc#roomconfig",
            "muc#roomconfig_roomname=A Dark Cave",
            "muc#roomconfig_roomdesc=The place for all good witches!",
            "muc#roomconfig_membersonly=1",
            "muc#roomconfig_passwordprotectedroom=1",
            "muc#roomconfig_roomsecret=cauldronburn",
            "muc#roomconfig_whois=anyone",
            "muc#maxhistoryfetch=50",
            "muc#roomconfig_roomadmins=wiccarocks@example.org",
            "muc#roomconfig_roomadmins=hecate@example.org")).IsResult();

        await hag.RefusedAsync($"{Coven}/thirdwitch", "registration-required", "auth", "<password>cauldronburn</password>");
        await wicca.RefusedAsync($"{Coven}/secondwitch", "not-authorized", "auth");
        Assert.Equal("admin moderator 100 110 170", (await wicca.EnterAsync($"{Coven}/secondwitch", "<password>cauldronburn</password>")).Own.Says());
    }

    // §16.5.3. Clients that know the registered types refuse a form with others, and a list field whose value is not among its options.
    [Fact]
    public async Task The_form_has_the_registered_types_and_offers_what_is_so()
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync($"{Coven}/firstwitch");

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_maxusers=17")).IsResult();

        var form = DataForm.In((await crone.IqAsync("get", Coven, $"<query xmlns='{Owner}'/>")).IsResult()!.Value)!;
        Assert.All(
            form.Fields.Where(static field => field.Variable!.StartsWith("muc#roomconfig_", StringComparison.Ordinal)),
            static field => Assert.Equal(RoomConfigurationForm.Field(field.Variable!).Type, field.Type));
        Assert.All(
            form.Fields.Where(static field => field.Type is DataFormFieldType.ListSingle or DataFormFieldType.ListMulti),
            static field =>
            {
                Assert.Empty(field.Values.Except(field.Options.Select(static option => option.Value)));

                // There are clients that show "(null)" for one without.
                Assert.NotEmpty(field.Options);
                Assert.All(field.Options, static option => Assert.False(string.IsNullOrEmpty(option.Label)));
            });
        Assert.Equal("17", form["muc#roomconfig_maxusers"]!.Value);

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_maxusers=none")).IsResult();

        form = DataForm.In((await crone.IqAsync("get", Coven, $"<query xmlns='{Owner}'/>")).IsResult()!.Value)!;
        Assert.Equal("5000", form["muc#roomconfig_maxusers"]!.Value);
    }

    // What is not possible leaves the room as it was, locked.
    [Theory]
    [Example(161)]
    [InlineData("not-acceptable", "modify", "muc#roomconfig_passwordprotectedroom=1")]
    [InlineData("not-acceptable", "modify", "muc#roomconfig_maxusers=1000000")]
    [InlineData("not-acceptable", "modify", "muc#roomconfig_maxusers=many")]
    [InlineData("not-acceptable", "modify", "muc#maxhistoryfetch=1000000")]
    [InlineData("not-acceptable", "modify", "muc#roomconfig_whois=nobody")]
    [InlineData("not-acceptable", "modify", "muc#roomconfig_roomadmins=@")]
    [InlineData("conflict", "cancel", "muc#roomconfig_roomowners=")]
    public async Task What_is_not_possible_is_refused(string condition, string type, string field)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync($"{Coven}/firstwitch");

        (await crone.ConfigureAsync(Coven, field)).IsError(condition, type);

        await (await server.LoginAsync("hag66@example.org/pda")).RefusedAsync($"{Coven}/thirdwitch", "item-not-found", "cancel");
    }

    // And the end of §10.1.3.
    [Theory]
    [Example(162)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_room_whose_creator_does_not_want_it_is_destroyed(bool cancels)
    {
        await using var server = await XmppTestServer.StartAsync();
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync($"{Coven}/firstwitch");

        if (cancels)
        {
            (await crone.IqAsync("set", Coven, $"<query xmlns='{Owner}'><x xmlns='jabber:x:data' type='cancel'/></query>")).IsResult();
        }
        else
        {
            await crone.SendAsync($"<presence type='unavailable' to='{Coven}/firstwitch'/>");
        }

        var gone = await crone.PresenceAsync($"{Coven}/firstwitch");
        Assert.Equal("unavailable", gone.Attribute("type"));
        Assert.Equal("none none 110", gone.Says());
        Assert.NotNull(gone.Child(MucUser.Name)?.Child(MucUser.Destroy));
        Assert.Equal("owner moderator 110 170 201", (await (await server.LoginAsync("hag66@example.org/pda")).EnterAsync($"{Coven}/thirdwitch")).Own.Says());
    }

    // Nobody but owners; to cancel later changes nothing.
    [Fact]
    [Example(164, 166)]
    public async Task Nobody_but_owners_configures_and_who_cancels_leaves_all_as_it_was()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        (await wicca.IqAsync("get", Coven, $"<query xmlns='{Owner}'/>")).IsError("forbidden", "auth");
        (await wicca.ConfigureAsync(Coven, "muc#roomconfig_membersonly=1")).IsError("forbidden", "auth");
        (await wicca.IqAsync("set", Coven, $"<query xmlns='{Owner}'><destroy/></query>")).IsError("forbidden", "auth");
        (await crone.IqAsync("set", Coven, $"<query xmlns='{Owner}'/>")).IsError("bad-request", "modify");
        (await crone.IqAsync("set", Coven, $"<query xmlns='{Owner}'><x xmlns='jabber:x:data' type='cancel'/></query>")).IsResult();

        await hag.ExpectNothingAsync(crone, wicca);
    }

    // §10.2.1.
    [Theory]
    [InlineData("104", "muc#roomconfig_roomname=A Dark Cave")]
    [InlineData("171", "muc#roomconfig_enablelogging=0")]
    [InlineData("172", "muc#roomconfig_whois=anyone")]
    [InlineData("104 171 172", "muc#roomconfig_enablelogging=0", "muc#roomconfig_whois=anyone", "muc#roomconfig_moderatedroom=1")]
    [InlineData("", "muc#roomconfig_whois=moderators")]
    public async Task Everybody_hears_of_a_new_configuration(string codes, params string[] fields)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        (await crone.ConfigureAsync(Coven, fields)).IsResult();

        var received = await hag.AfterAsync(crone);
        if (codes.Length == 0)
        {
            Assert.Empty(received);
            return;
        }

        var message = Assert.Single(received);
        Assert.Equal("groupchat", message.Attribute("type"));
        Assert.Equal(Coven, message.Attribute("from"));
        Assert.Equal(codes, string.Join(' ', message.User().Statuses));
    }

    [Fact]
    public async Task Logging_and_anonymity_come_back_with_their_codes()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_enablelogging=0", "muc#roomconfig_whois=anyone");

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_enablelogging=1", "muc#roomconfig_whois=moderators")).IsResult();

        Assert.Equal([170, 173], Assert.Single(await hag.AfterAsync(crone)).User().Statuses);
    }

    // §10.2.
    [Fact]
    [Example(167, 168, 169, 170)]
    public async Task Who_becomes_admin_or_owner_by_the_form_is_shown_as_such_at_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_roomadmins=wiccarocks@example.org")).IsResult();
        Assert.Equal("admin moderator", (await hag.PresenceAsync($"{Coven}/secondwitch")).Says());
        Assert.Equal("admin moderator 110", (await wicca.PresenceAsync($"{Coven}/secondwitch")).Says());

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_roomadmins=")).IsResult();
        Assert.Equal("member participant", (await hag.PresenceAsync($"{Coven}/secondwitch")).Says());

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_roomowners=crone1@example.org", "muc#roomconfig_roomowners=wiccarocks@example.org")).IsResult();
        Assert.Equal("owner moderator", (await hag.PresenceAsync($"{Coven}/secondwitch")).Says());

        (await wicca.ConfigureAsync(Coven, "muc#roomconfig_roomowners=wiccarocks@example.org")).IsResult();
        Assert.Equal("admin moderator", (await hag.PresenceAsync($"{Coven}/firstwitch")).Says());
        (await crone.ConfigureAsync(Coven, "muc#roomconfig_roomname=Mine")).IsError("forbidden", "auth");
    }

    // §10.2: code 322.
    [Fact]
    public async Task When_a_room_becomes_members_only_others_have_to_go()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, hag) = await MessageTests.WitchesAsync(server);

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_membersonly=1", "muc#roomconfig_roomadmins=wiccarocks@example.org")).IsResult();

        Assert.Equal("none none 110 322", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none none 322", (await wicca.PresenceAsync($"{Coven}/thirdwitch")).Says());
        Assert.Equal("none none 322", (await crone.PresenceAsync($"{Coven}/thirdwitch")).Says());
    }

    [Fact]
    public async Task A_room_that_is_not_moderated_any_more_has_no_visitors()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_moderatedroom=1");

        (await crone.ConfigureAsync(Coven, "muc#roomconfig_moderatedroom=0")).IsResult();

        Assert.Equal("none participant 110", (await hag.PresenceAsync($"{Coven}/thirdwitch")).Says());
    }

    [Fact]
    [Example(201, 202, 203)]
    public async Task An_owner_destroys_the_room_and_says_where_to_go()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server, "muc#roomconfig_persistentroom=1");

        (await crone.IqAsync("set", Coven, $"<query xmlns='{Owner}'><destroy jid='coven@chat.shakespeare.lit'><reason>Macbeth doth come.</reason></destroy></query>")).IsResult();

        var gone = await hag.PresenceAsync($"{Coven}/thirdwitch");
        Assert.Equal("none none 110", gone.Says());
        var destroy = gone.Child(MucUser.Name)!.Value.Child(MucUser.Destroy)!.Value;
        Assert.Equal("coven@chat.shakespeare.lit", destroy.Attribute("jid"));
        Assert.Equal("Macbeth doth come.", destroy.Child("reason", MucUser.Namespace)?.Text);
        Assert.Equal("owner moderator 110 170 201", (await hag.EnterAsync($"{Coven}/thirdwitch")).Own.Says());
    }

    [Fact]
    public async Task Where_there_is_no_room_nothing_is_configured()
    {
        await using var server = await XmppTestServer.StartAsync();
        var hag = await server.LoginAsync("hag66@example.org/pda");

        (await hag.IqAsync("get", Coven, $"<query xmlns='{Owner}'/>")).IsError("item-not-found", "cancel");
    }
}
