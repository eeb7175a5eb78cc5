using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>The examples of XEP-0045 §7.2.5 to §7.2.10: who does not enter.</summary>
public sealed class Section0702RefusalTests
{
    private const string Enter = "<presence from='hag66@example.org/pda' id='n13mt3l' to='coven@conference.example.org/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>";

    [Fact, Example(25, 26)]
    public async Task Without_the_password_nobody_enters()
    {
        await using var scene = await Scene.StartAsync(
            "coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"], ["muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=cauldronburn"]);

        await scene.SendAsync(Enter);
        await scene.ExpectAsync(Refusal("auth", "not-authorized"));

        await scene.SendAsync("""
            <presence from='hag66@example.org/pda' id='djn4714' to='coven@conference.example.org/thirdwitch'>
              <x xmlns='http://jabber.org/protocol/muc'><password>cauldronburn</password></x>
            </presence>
            """);
        await scene.ExpectAsync("""
            <presence from='coven@conference.example.org/firstwitch' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' to='crone1@example.org/desktop'>
              <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' jid='hag66@example.org/pda' role='participant'/></x>
            </presence>
            <presence from='coven@conference.example.org/thirdwitch' id='djn4714' to='hag66@example.org/pda'>
              <x xmlns='http://jabber.org/protocol/muc#user'>
                <item affiliation='none' jid='hag66@example.org/pda' role='participant'/>
                <status code='110'/>
              </x>
            </presence>
            <message from='coven@conference.example.org' to='hag66@example.org/pda' type='groupchat'><subject/></message>
            """);
    }

    [Fact, Example(27)]
    public async Task Into_a_members_only_room_nobody_else_enters()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"], ["muc#roomconfig_membersonly=1"]);

        await scene.SendAsync(Enter);

        await scene.ExpectAsync(Refusal("auth", "registration-required"));
    }

    [Fact, Example(28)]
    public async Task Who_is_banned_does_not_enter()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda - outcast"]);

        await scene.SendAsync(Enter);

        await scene.ExpectAsync(Refusal("auth", "forbidden"));
    }

    [Fact, Example(29)]
    public async Task Nobody_enters_under_the_nickname_of_somebody_else()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop thirdwitch owner", "hag66@example.org/pda -"]);

        await scene.SendAsync(Enter);

        await scene.ExpectAsync(Refusal("cancel", "conflict"));
    }

    [Fact, Example(30)]
    public async Task Into_a_full_room_nobody_enters()
    {
        await using var scene = await Scene.StartAsync("coven", ["crone1@example.org/desktop firstwitch owner", "hag66@example.org/pda -"], ["muc#roomconfig_maxusers=1"]);

        await scene.SendAsync(Enter);

        await scene.ExpectAsync(Refusal("wait", "service-unavailable"));
    }

    [Fact, Example(31)]
    public async Task Into_a_room_that_is_not_configured_yet_nobody_enters()
    {
        await using var scene = await Scene.EmptyAsync();
        var crone = await scene.LoginAsync("crone1@example.org/desktop");
        await scene.LoginAsync("hag66@example.org/pda");
        await crone.EnterAsync("coven@conference.example.org/firstwitch");

        await scene.SendAsync(Enter);

        await scene.ExpectAsync(Refusal("cancel", "item-not-found"));
    }

    [Fact, Example(152)]
    public async Task Where_one_may_not_create_rooms_one_does_not()
    {
        await using var scene = await Scene.EmptyAsync(static options => options.WhoMayCreate = Server.Modules.Muc.RoomCreators.Admins);
        await scene.LoginAsync("hag66@example.org/pda");

        await scene.SendAsync(Enter);

        await scene.ExpectAsync(Refusal("cancel", "not-allowed"));
    }

    private static string Refusal(string type, string condition) => $"""
        <presence from='coven@conference.example.org/thirdwitch' id='n13mt3l' to='hag66@example.org/pda' type='error'>
          <x xmlns='http://jabber.org/protocol/muc'/>
          <error by='coven@conference.example.org' type='{type}'>
            <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
          </error>
        </presence>
        """;
}
