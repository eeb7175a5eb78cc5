using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §10.1: creating rooms, instant and reserved.</summary>
public sealed class Section1001CreationTests
{
    /// <summary>Example 159.</summary>
    internal const string Submitted = """
        <iq from='crone1@example.org/desktop' id='create2' to='coven@conference.example.org' type='set'>
          <query xmlns='http://jabber.org/protocol/muc#owner'>
            <x xmlns='jabber:x:data' type='submit'>
              <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>
              <field var='muc#roomconfig_roomname'><value>A Dark Cave</value></field>
              <field var='muc#roomconfig_roomdesc'><value>The place for all good witches!</value></field>
              <field var='muc#roomconfig_enablelogging'><value>0</value></field>
              <field var='muc#roomconfig_changesubject'><value>1</value></field>
              <field var='muc#roomconfig_allowinvites'><value>0</value></field>
              <field var='muc#roomconfig_allowpm'><value>anyone</value></field>
              <field var='muc#roomconfig_maxusers'><value>10</value></field>
              <field var='muc#roomconfig_publicroom'><value>0</value></field>
              <field var='muc#roomconfig_persistentroom'><value>0</value></field>
              <field var='muc#roomconfig_moderatedroom'><value>0</value></field>
              <field var='muc#roomconfig_membersonly'><value>0</value></field>
              <field var='muc#roomconfig_passwordprotectedroom'><value>1</value></field>
              <field var='muc#roomconfig_roomsecret'><value>cauldronburn</value></field>
              <field var='muc#roomconfig_whois'><value>moderators</value></field>
              <field var='muc#maxhistoryfetch'><value>50</value></field>
              <field var='muc#roomconfig_roomadmins'><value>wiccarocks@example.org</value><value>hecate@example.org</value></field>
            </x>
          </query>
        </iq>
        """;

    private const string Create = "<presence from='crone1@example.org/desktop' to='coven@conference.example.org/firstwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>";

    private const string Created = """
        <presence from='coven@conference.example.org/firstwitch' to='crone1@example.org/desktop'>
          <x xmlns='http://jabber.org/protocol/muc#user'>
            <item affiliation='owner' jid='crone1@example.org/desktop' role='moderator'/>
            <status code='110'/>
            <status code='201'/>
          </x>
        </presence>
        <message from='coven@conference.example.org' to='crone1@example.org/desktop' type='groupchat'><subject/></message>
        """;

    private static readonly string[] Fields =
    [
        "muc#roomconfig_roomname text-single", "muc#roomconfig_roomdesc text-single", "muc#roomconfig_lang text-single", "muc#roomconfig_enablelogging boolean 0",
        "muc#roomconfig_changesubject boolean 0", "muc#roomconfig_allowinvites boolean 1", "muc#roomconfig_allowpm list-single anyone", "muc#roomconfig_maxusers list-single 200",
        "muc#roomconfig_presencebroadcast list-multi moderator participant visitor", "muc#roomconfig_getmemberlist list-multi moderator", "muc#roomconfig_publicroom boolean 1",
        "muc#roomconfig_persistentroom boolean 0", "muc#roomconfig_moderatedroom boolean 0", "muc#roomconfig_membersonly boolean 0", "muc#roomconfig_passwordprotectedroom boolean 0",
        "muc#roomconfig_roomsecret text-private", "muc#roomconfig_whois list-single moderators", "muc#maxhistoryfetch text-single 20", "muc#roomconfig_roomadmins jid-multi",
        "muc#roomconfig_roomowners jid-multi crone1@example.org",
    ];

    [Fact, Example(153, 154, 155)]
    public async Task An_instant_room_is_as_all_rooms_are_at_first()
    {
        await using var scene = await NewAsync();

        await scene.SendAsync(Create);
        await scene.ExpectAsync(Created);

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='create1' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>
            </iq>
            """);
        await scene.ExpectAsync("<iq from='coven@conference.example.org' id='create1' to='crone1@example.org/desktop' type='result'/>");

        await scene["hag66@example.org/pda"].EnterAsync("coven@conference.example.org/thirdwitch");
    }

    // What a room is like at first, and which values there are to choose from, is the service's. Who owns it is said, and how it is already.
    [Fact, Example(156, 157)]
    public async Task The_owner_gets_the_form()
    {
        await using var scene = await NewAsync();
        await scene.SendAsync(Create);
        await scene.ForgetAsync();

        await scene.SendAsync("<iq from='crone1@example.org/desktop' id='create1' to='coven@conference.example.org' type='get'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>");

        await scene.ExpectAsync(Form("create1", Fields));
    }

    [Fact, Example(159, 160)]
    public async Task A_reserved_room_is_as_its_owner_says()
    {
        await using var scene = await NewAsync();
        await scene.SendAsync(Create);
        await scene.ForgetAsync();

        await scene.SendAsync(Submitted);

        await scene.ExpectAsync("<iq from='coven@conference.example.org' id='create2' to='crone1@example.org/desktop' type='result'/>");
        await scene["hag66@example.org/pda"].RefusedAsync("coven@conference.example.org/thirdwitch", "not-authorized", "auth");
        await scene["hag66@example.org/pda"].EnterAsync("coven@conference.example.org/thirdwitch", "<password>cauldronburn</password>");
    }

    // A password that is blank is the text's own case; the room stays locked.
    [Theory]
    [Example(161)]
    [InlineData("<value></value>")]
    [InlineData("<value/>")]
    [InlineData("")]
    public async Task What_is_not_possible_is_not_acceptable(string secret)
    {
        await using var scene = await NewAsync();
        await scene.SendAsync(Create);
        await scene.ForgetAsync();

        await scene.SendAsync(Submitted.Replace("<value>cauldronburn</value>", secret, StringComparison.Ordinal));

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='create2' to='crone1@example.org/desktop' type='error'>
              <error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
            </iq>
            """);
        await scene["hag66@example.org/pda"].RefusedAsync("coven@conference.example.org/thirdwitch", "item-not-found", "cancel");
    }

    [Fact, Example(162)]
    public async Task An_owner_who_cancels_ends_the_room()
    {
        await using var scene = await NewAsync();
        await scene.SendAsync(Create);
        await scene.ForgetAsync();

        await scene.SendAsync("""
            <iq from='crone1@example.org/desktop' id='create2' to='coven@conference.example.org' type='set'>
              <query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='cancel'/></query>
            </iq>
            """);

        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/firstwitch' to='crone1@example.org/desktop' type='unavailable'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='crone1@example.org/desktop' role='none'/>
                <destroy/>
                <status code='110'/>
              </x>
            </presence>
            <iq from='coven@conference.example.org' id='create2' to='crone1@example.org/desktop' type='result'/>
            """);
        await scene.SendAsync(Create);
        await scene.ExpectAsync(Created);
    }

    /// <summary>The form with these fields, each as variable, type and values, and perhaps more.</summary>
    internal static string Form(string id, IEnumerable<string> fields) => $"""
        <iq from='coven@conference.example.org' id='{id}' to='crone1@example.org/desktop' type='result'>
          <query xmlns='http://jabber.org/protocol/muc#owner'>
            <x xmlns='jabber:x:data' type='form'>
              <field type='hidden' var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>
              {string.Concat(fields.Select(static field => field.Split(' ')).Select(static field => $"<field type='{field[1]}' var='{field[0]}'>{string.Concat(field[2..].Select(static value => $"<value>{value.Replace('_', ' ')}</value>"))}</field>"))}
              ...
            </x>
          </query>
        </iq>
        """;

    private static async Task<Scene> NewAsync()
    {
        var scene = await Scene.EmptyAsync(static options => options.NewRooms.Logged = false);
        await scene.LoginAsync("crone1@example.org/desktop");
        await scene.LoginAsync("hag66@example.org/pda");
        return scene;
    }
}
