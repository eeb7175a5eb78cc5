using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §6: finding services, rooms, and who is in them.</summary>
public sealed class Section06DiscoveryTests
{
    [Fact, Example(1, 2)]
    public async Task The_server_lists_the_service()
    {
        await using var scene = await Scene.EmptyAsync();
        await scene.LoginAsync("hag66@example.org/pda");

        await scene.SendAsync("<iq from='hag66@example.org/pda' id='h7ns81g' to='example.org' type='get'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");

        await scene.ExpectAsync("""
            <iq from='example.org' id='h7ns81g' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#items'>
                <item jid='conference.example.org' name='Rooms'/>
              </query>
            </iq>
            """);
    }

    [Fact, Example(3, 4)]
    public async Task The_service_says_that_it_is_one()
    {
        await using var scene = await Scene.EmptyAsync();
        await scene.LoginAsync("hag66@example.org/pda");

        await scene.SendAsync("<iq from='hag66@example.org/pda' id='lx09df27' to='conference.example.org' type='get'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");

        await scene.ExpectAsync("""
            <iq from='conference.example.org' id='lx09df27' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#info'>
                <identity category='conference' name='Rooms' type='text'/>
                <feature var='http://jabber.org/protocol/muc'/>
                ...
              </query>
            </iq>
            """);
    }

    [Fact, Example(5, 6)]
    public async Task The_service_lists_its_rooms()
    {
        await using var scene = await Scene.EmptyAsync();
        var crone = await scene.LoginAsync("crone1@example.org/desktop");
        await scene.LoginAsync("hag66@example.org/pda");
        foreach (var (room, name) in new[] { ("heath", "A Lonely Heath"), ("coven", "A Dark Cave"), ("forres", "The Palace"), ("inverness", "Macbeth&apos;s Castle") })
        {
            await crone.CreateAsync($"{room}@conference.example.org/firstwitch", $"muc#roomconfig_roomname={name}");
        }

        await scene.ForgetAsync();

        await scene.SendAsync("<iq from='hag66@example.org/pda' id='zb8q41f4' to='conference.example.org' type='get'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");

        await scene.ExpectAsync("""
            <iq from='conference.example.org' id='zb8q41f4' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#items'>
                <item jid='heath@conference.example.org' name='A Lonely Heath'/>
                <item jid='coven@conference.example.org' name='A Dark Cave'/>
                <item jid='forres@conference.example.org' name='The Palace'/>
                <item jid='inverness@conference.example.org' name="Macbeth's Castle"/>
              </query>
            </iq>
            """);
    }

    [Fact, Example(7)]
    public async Task A_long_list_comes_in_part()
    {
        await using var scene = await Scene.EmptyAsync();
        await scene.LoginAsync("hag66@example.org/pda");
        string[] plays =
        [
            "alls-well-that-ends-well", "as-you-like-it", "cleopatra", "comedy-of-errors", "coriolanus", "cymbeline", "hamlet", "henry-the-fifth", "henry-the-fourth-one",
            "henry-the-fourth-two", .. Enumerable.Range(1, 27).Select(static number => $"the-rest-{number}"),
        ];
        foreach (var play in plays)
        {
            await scene.Server.StoreAsync($"{play}@conference.example.org", [RoomClient.Member("crone1@example.org", Protocol.Extensions.Muc.MucAffiliation.Owner)]);
        }

        await scene.SendAsync("""
            <iq from='hag66@example.org/pda' id='hx51v49s' to='conference.example.org' type='get'>
              <query xmlns='http://jabber.org/protocol/disco#items'><set xmlns='http://jabber.org/protocol/rsm'><max>10</max></set></query>
            </iq>
            """);

        // In alphabetical order.
        await scene.ExpectAsync("""
            <iq from='conference.example.org' id='hx51v49s' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#items'>
                <item jid='alls-well-that-ends-well@conference.example.org' name='*'/>
                <item jid='as-you-like-it@conference.example.org' name='*'/>
                <item jid='cleopatra@conference.example.org' name='*'/>
                <item jid='comedy-of-errors@conference.example.org' name='*'/>
                <item jid='coriolanus@conference.example.org' name='*'/>
                <item jid='cymbeline@conference.example.org' name='*'/>
                <item jid='hamlet@conference.example.org' name='*'/>
                <item jid='henry-the-fifth@conference.example.org' name='*'/>
                <item jid='henry-the-fourth-one@conference.example.org' name='*'/>
                <item jid='henry-the-fourth-two@conference.example.org' name='*'/>
                <set xmlns='http://jabber.org/protocol/rsm'>
                  <first index='0'>alls-well-that-ends-well@conference.example.org</first>
                  <last>henry-the-fourth-two@conference.example.org</last>
                  <count>37</count>
                </set>
              </query>
            </iq>
            """);
    }

    // The subject of a room with a password is told to those in it (§14.4); of an LDAP group nothing is known.
    [Fact, Example(8, 9, 10)]
    public async Task A_room_says_what_it_is()
    {
        await using var scene = await Scene.EmptyAsync();
        var crone = await scene.LoginAsync("crone1@example.org/desktop");
        var wicca = await scene.LoginAsync("wiccarocks@example.org/laptop");
        var hag = await scene.LoginAsync("hag66@example.org/pda");
        await crone.CreateAsync(
            "coven@conference.example.org/firstwitch", "muc#roomconfig_roomname=A Dark Cave", "muc#roomconfig_roomdesc=The place for all good witches!", "muc#roomconfig_lang=en",
            "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn", "muc#roomconfig_publicroom=0", "muc#roomconfig_whois=anyone",
            "muc#roomconfig_changesubject=true", "muc#maxhistoryfetch=50", "muc#roominfo_contactjid=crone1@example.org",
            "muc#roominfo_logs=http://www.shakespeare.lit/chatlogs/coven/", "muc#roomconfig_pubsub=xmpp:pubsub.shakespeare.lit?;node=the-coven-node");
        await wicca.EnterAsync("coven@conference.example.org/secondwitch", "<password>cauldronburn</password>");
        await hag.EnterAsync("coven@conference.example.org/thirdwitch", "<password>cauldronburn</password>");
        await crone.SendAsync("<message to='coven@conference.example.org' type='groupchat'><subject>Spells</subject></message>");
        await scene.ForgetAsync();

        await scene.SendAsync("<iq from='hag66@example.org/pda' id='ik3vs715' to='coven@conference.example.org' type='get'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='ik3vs715' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#info'>
                <identity category='conference' name='A Dark Cave' type='text'/>
                <feature var='http://jabber.org/protocol/muc'/>
                <feature var='http://jabber.org/protocol/muc#stable_id'/>
                <feature var='muc_passwordprotected'/>
                <feature var='muc_hidden'/>
                <feature var='muc_temporary'/>
                <feature var='muc_open'/>
                <feature var='muc_unmoderated'/>
                <feature var='muc_nonanonymous'/>
                <x xmlns='jabber:x:data' type='result'>
                  <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roominfo</value></field>
                  <field var='muc#roominfo_description'><value>The place for all good witches!</value></field>
                  <field var='muc#roominfo_contactjid'><value>crone1@example.org</value></field>
                  <field var='muc#roominfo_subject'><value>Spells</value></field>
                  <field var='muc#roomconfig_changesubject'><value>1</value></field>
                  <field var='muc#roominfo_occupants'><value>3</value></field>
                  <field var='muc#roominfo_lang'><value>en</value></field>
                  <field var='muc#roominfo_logs'><value>http://www.shakespeare.lit/chatlogs/coven/</value></field>
                  <field var='muc#maxhistoryfetch'><value>50</value></field>
                  <field var='muc#roomconfig_pubsub'><value>xmpp:pubsub.shakespeare.lit?;node=the-coven-node</value></field>
                  ...
                </x>
                ...
              </query>
            </iq>
            """);
    }

    [Fact, Example(11, 12)]
    public async Task Occupants_are_listed_where_that_is_public()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch", "hag66@example.org/pda -"], options: static options => options.ShowOccupants = true);

        await scene.SendAsync("<iq from='hag66@example.org/pda' id='kl2fax27' to='coven@conference.example.org' type='get'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='kl2fax27' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#items'>
                <item jid='coven@conference.example.org/firstwitch'/>
                <item jid='coven@conference.example.org/secondwitch'/>
              </query>
            </iq>
            """);
    }

    [Fact, Example(11, 13)]
    public async Task Occupants_are_not_listed_where_that_is_private()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"]);

        await scene.SendAsync("<iq from='hag66@example.org/pda' id='kl2fax27' to='coven@conference.example.org' type='get'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='kl2fax27' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#items'/>
            </iq>
            """);
    }

    // The contact's client answers; the server hands request and answer over.
    [Fact, Example(14, 15, 16, 17)]
    public async Task What_a_client_can_do_and_where_it_is_it_says_itself()
    {
        await using var scene = await Scene.EmptyAsync();
        await scene.LoginAsync("hag66@example.org/pda");
        await scene.LoginAsync("wiccarocks@example.org/laptop");
        string[] exchange =
        [
            "<iq from='hag66@example.org/pda' id='yh2fs843' to='wiccarocks@example.org/laptop' type='get'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
            """
            <iq from='wiccarocks@example.org/laptop' id='yh2fs843' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#info'>
                <identity category='client' type='pc'/>
                <feature var='http://jabber.org/protocol/muc'/>
              </query>
            </iq>
            """,
            """
            <iq from='hag66@example.org/pda' id='gp7w61v3' to='wiccarocks@example.org/laptop' type='get'>
              <query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/muc#rooms'/>
            </iq>
            """,
            """
            <iq from='wiccarocks@example.org/laptop' id='gp7w61v3' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/muc#rooms'>
                <item jid='coven@conference.example.org'/>
                <item jid='characters@conference.shakespeare.lit'/>
              </query>
            </iq>
            """,
        ];

        foreach (var stanza in exchange)
        {
            await scene.SendAsync(stanza);
            await scene.ExpectAsync(stanza);
        }
    }
}
