using Parley.Server.Modules.Muc;
using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §7.10, §7.12 and §9.9: registering with a room, and the nickname that comes with it.</summary>
public sealed class Section0710RegistrationTests
{
    private const string Ask = "<iq from='hag66@example.org/pda' id='jw81b36f' to='coven@conference.example.org' type='get'><query xmlns='jabber:iq:register'/></iq>";

    private const string Submit = """
        <iq from='hag66@example.org/pda' id='nv71va54' to='coven@conference.example.org' type='set'>
          <query xmlns='jabber:iq:register'>
            <x xmlns='jabber:x:data' type='submit'>
              <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>
              <field var='muc#register_first'><value>Brunhilde</value></field>
              <field var='muc#register_last'><value>Entwhistle-Throckmorton</value></field>
              <field var='muc#register_roomnick'><value>thirdwitch</value></field>
              <field var='muc#register_url'><value>http://witchesonline/~hag66/</value></field>
              <field var='muc#register_email'><value>hag66@witchesonline</value></field>
              <field var='muc#register_faqentry'><value>Just another witch.</value></field>
            </x>
          </query>
        </iq>
        """;

    [Fact, Example(66, 70)]
    public async Task Who_asks_gets_the_form()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"]);

        await scene.SendAsync(Ask);

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='jw81b36f' to='hag66@example.org/pda' type='result'>
              <query xmlns='jabber:iq:register'>
                <instructions>*</instructions>
                <x xmlns='jabber:x:data' type='form'>
                  <field type='hidden' var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>
                  <field type='text-single' var='muc#register_first'/>
                  <field type='text-single' var='muc#register_last'/>
                  <field type='text-single' var='muc#register_roomnick'><required/></field>
                  <field type='text-single' var='muc#register_url'/>
                  <field type='text-single' var='muc#register_email'/>
                  <field type='text-multi' var='muc#register_faqentry'/>
                </x>
              </query>
            </iq>
            """);
    }

    [Fact, Example(67)]
    public async Task With_a_room_that_is_not_there_nobody_registers()
    {
        await using var scene = await Scene.EmptyAsync();
        await scene.LoginAsync("hag66@example.org/pda");

        await scene.SendAsync(Ask);

        await scene.ExpectAsync(Error("jw81b36f", "cancel", "item-not-found"));
    }

    [Fact, Example(68)]
    public async Task Who_may_not_register_is_told()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda - outcast"]);

        await scene.SendAsync(Ask);

        await scene.ExpectAsync(Error("jw81b36f", "cancel", "not-allowed"));
    }

    [Fact, Example(69, 71, 75, 76)]
    public async Task Who_registers_is_a_member_at_once_and_known_as_registered()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch", "hag66@example.org/pda thirdwitch"]);

        await scene.SendAsync(Submit);

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='nv71va54' to='hag66@example.org/pda' type='result'/>
            <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hag66@example.org/pda' role='participant'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='wiccarocks@example.org/laptop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='hag66@example.org/pda' role='participant'/><status code='110'/></x>
            </presence>
            """);

        await scene.SendAsync(Ask);
        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='jw81b36f' to='hag66@example.org/pda' type='result'>
              <query xmlns='jabber:iq:register'>
                <registered/>
                <username>thirdwitch</username>
                ...
              </query>
            </iq>
            """);
    }

    [Fact, Example(71, 72)]
    public async Task A_nickname_that_is_reserved_is_not_to_be_had()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop thirdwitch owner", "hag66@example.org/pda -"]);
        await scene.SendAsync(Submit.Replace("hag66@example.org/pda", "crone1@example.org/desktop", StringComparison.Ordinal));
        await scene.ForgetAsync();

        await scene.SendAsync(Submit);

        await scene.ExpectAsync(Error("nv71va54", "cancel", "conflict"));
    }

    [Fact, Example(71, 73)]
    public async Task Where_there_is_no_registration_it_is_unavailable()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"], options: static options => options.Registration = RoomRegistrationPolicy.None);

        await scene.SendAsync(Submit);

        await scene.ExpectAsync(Error("nv71va54", "cancel", "service-unavailable"));
    }

    [Theory]
    [Example(74)]
    [InlineData("")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field></x>")]
    public async Task What_is_no_form_of_the_room_is_a_bad_request(string form)
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"]);

        await scene.SendAsync($"<iq from='hag66@example.org/pda' id='nv71va54' to='coven@conference.example.org' type='set'><query xmlns='jabber:iq:register'>{form}</query></iq>");

        await scene.ExpectAsync(Error("nv71va54", "modify", "bad-request"));
    }

    [Fact, Example(77, 78)]
    public async Task A_user_is_told_his_reserved_nickname()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"]);
        await scene.SendAsync(Submit);
        await scene.ForgetAsync();

        await scene.SendAsync("""
            <iq from='hag66@example.org/pda' id='getnick1' to='coven@conference.example.org' type='get'>
              <query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'/>
            </iq>
            """);

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='getnick1' to='hag66@example.org/pda' type='result'>
              <query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'>
                <identity category='conference' name='thirdwitch' type='text'/>
              </query>
            </iq>
            """);
    }

    // Whom the form is about has a field of its own beside those of the example.
    [Fact, Example(151)]
    public async Task Where_admins_agree_first_they_are_asked()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/pda firstwitch owner", "hag66@example.org/pda -"], options: static options => options.Registration = RoomRegistrationPolicy.Approved);

        await scene.SendAsync(Submit);

        await scene.ExpectAsync("""
            <iq from='coven@conference.example.org' id='nv71va54' to='hag66@example.org/pda' type='result'/>
            <message from='coven@conference.example.org' to='crone1@example.org/pda'>
              <x xmlns='jabber:x:data' type='form'>
                <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#register</value></field>
                <field var='muc#register_first' type='text-single'><value>Brunhilde</value></field>
                <field var='muc#register_last' type='text-single'><value>Entwhistle-Throckmorton</value></field>
                <field var='muc#register_roomnick' type='text-single'><value>thirdwitch</value></field>
                <field var='muc#register_url' type='text-single'><value>http://witchesonline/~hag66/</value></field>
                <field var='muc#register_email' type='text-single'><value>hag66@witchesonline</value></field>
                <field var='muc#register_faqentry' type='text-multi'><value>Just another witch.</value></field>
                <field var='muc#register_allow' type='boolean'><value>0</value></field>
                ...
              </x>
            </message>
            """);
    }

    private static string Error(string id, string type, string condition) => $"""
        <iq from='coven@conference.example.org' id='{id}' to='hag66@example.org/pda' type='error'>
          <error type='{type}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
        </iq>
        """;
}
