using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Components.ComponentServer;

namespace Parley.Server.Tests.Components;

/// <summary>RFC 6121 §3 and §4 with a contact that is no account of this server: what it hears, and what it is believed.</summary>
public class ComponentPresenceTests
{
    private const string Juliet = "juliet@example.org";
    private const string Balcony = "juliet@example.org/balcony";
    private const string Romeo = $"romeo@{Plays}";

    [Theory]
    [InlineData(Romeo)]
    [InlineData(Plays)]
    public async Task A_user_subscribes_is_granted_and_sees_presence(string contact)
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.OnlineAsync(Balcony);

        await juliet.SendAsync($"<presence id='s1' to='{contact}/x' type='subscribe'/>");
        Assert.Equal($"{contact} none ask=subscribe", await juliet.PushAsync());
        var request = await component.PresenceFromAsync(Juliet, "subscribe");
        Assert.Equal((contact, "s1"), (request.Attribute("to"), request.Attribute("id")));

        await component.SendAsync($"<presence from='{contact}' to='{Juliet}' type='subscribed'/><presence from='{contact}/x' to='{Juliet}'><show>xa</show></presence>");
        await juliet.PresenceFromAsync(contact, "subscribed");
        Assert.Equal($"{contact} to", await juliet.PushAsync());
        Assert.Equal("xa", (await juliet.PresenceFromAsync($"{contact}/x")).Child("show", "jabber:client")?.Text);
        await component.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task A_contact_subscribes_is_granted_and_sees_presence()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.OnlineAsync(Balcony);

        await component.SendAsync($"<presence id='s1' from='{Romeo}/x' to='{Balcony}' type='subscribe'><status>Let me</status></presence>");
        var request = await juliet.PresenceFromAsync(Romeo, "subscribe");
        Assert.Equal("Let me", request.Child("status", "jabber:client")?.Text);
        await juliet.SendAsync($"<presence id='g1' to='{Romeo}' type='subscribed'/>");

        Assert.Equal($"{Romeo} from", await juliet.PushAsync());
        var grant = await component.PresenceFromAsync(Juliet, "subscribed");
        Assert.Equal((Romeo, "g1"), (grant.Attribute("to"), grant.Attribute("id")));
        Assert.Equal(Romeo, (await component.PresenceFromAsync(Balcony)).Attribute("to"));

        // Asked again, the answer is known (§3.1.3).
        await component.SendAsync($"<presence from='{Romeo}' to='{Juliet}' type='subscribe'/>");
        await component.PresenceFromAsync(Juliet, "subscribed");
        await juliet.ExpectNothingAsync(component);
    }

    [Fact]
    public async Task A_request_waits_for_the_user_across_logins()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync(Juliet);
        var component = await server.ComponentAsync(Plays);
        await component.SendAsync($"<presence from='{Romeo}' to='{Juliet}' type='subscribe'/><presence from='{Romeo}' to='nobody@example.org' type='subscribe'/>");
        await component.ExpectNothingAsync();

        for (var i = 0; i < 2; i++)
        {
            var juliet = await server.OnlineAsync($"{Juliet}/{i}");
            await juliet.PresenceFromAsync(Romeo, "subscribe");
            await juliet.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_refusal_and_an_end_are_told_both_ways()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        await SetAsync(server, Subscription.Both);
        var juliet = await server.OnlineAsync(Balcony);
        await component.ReceiveAllAsync();

        await component.SendAsync($"<presence from='{Romeo}' to='{Juliet}' type='unsubscribed'/>");
        await juliet.PresenceFromAsync(Romeo, "unsubscribed");
        Assert.Equal($"{Romeo} from", await juliet.PushAsync());

        await component.SendAsync($"<presence from='{Romeo}' to='{Juliet}' type='unsubscribe'/>");
        await juliet.PresenceFromAsync(Romeo, "unsubscribe");
        Assert.Equal($"{Romeo} none", await juliet.PushAsync());
        await component.PresenceFromAsync(Balcony, "unavailable");

        // What is over is told to nobody.
        await juliet.SendAsync("<presence><show>away</show></presence>");
        await component.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task A_user_ends_both_ways()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        await SetAsync(server, Subscription.Both);
        var juliet = await server.OnlineAsync(Balcony);
        await component.ReceiveAllAsync();

        await juliet.SendAsync($"<presence to='{Romeo}' type='unsubscribe'/>");
        Assert.Equal($"{Romeo} from", await juliet.PushAsync());
        await component.PresenceFromAsync(Juliet, "unsubscribe");

        await juliet.SendAsync($"<presence to='{Romeo}' type='unsubscribed'/>");
        Assert.Equal($"{Romeo} none", await juliet.PushAsync());
        await component.PresenceFromAsync(Balcony, "unavailable");
        await component.PresenceFromAsync(Juliet, "unsubscribed");
        await component.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task A_contact_that_is_removed_hears_of_it()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        await SetAsync(server, Subscription.Both);
        var juliet = await server.OnlineAsync(Balcony);
        await component.ReceiveAllAsync();

        (await juliet.SetRosterAsync($"<item jid='{Romeo}' subscription='remove'/>")).IsResult();

        await component.PresenceFromAsync(Balcony, "unavailable");
        await component.PresenceFromAsync(Juliet, "unsubscribe");
        await component.PresenceFromAsync(Juliet, "unsubscribed");
    }

    [Fact]
    public async Task Pre_approval_answers_a_contact_elsewhere()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.OnlineAsync(Balcony);
        await juliet.SendAsync($"<presence to='{Romeo}' type='subscribed'/>");
        Assert.Equal($"{Romeo} none approved=true", await juliet.PushAsync());
        await component.ExpectNothingAsync(juliet);

        await component.SendAsync($"<presence from='{Romeo}' to='{Juliet}' type='subscribe'/>");

        await component.PresenceFromAsync(Juliet, "subscribed");
        await component.PresenceFromAsync(Balcony);
        Assert.Equal($"{Romeo} from approved=true", await juliet.PushAsync());
    }

    [Theory]
    [InlineData(Subscription.None, "")]
    [InlineData(Subscription.To, "probe")]
    [InlineData(Subscription.From, "available")]
    [InlineData(Subscription.Both, "available probe")]
    public async Task Coming_online_tells_and_asks_whom_the_roster_says(Subscription subscription, string expected)
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        await SetAsync(server, subscription);

        var juliet = await server.OnlineAsync(Balcony);
        await juliet.BarrierAsync();

        var came = await component.ReceiveAllAsync();
        Assert.Equal(expected, string.Join(' ', came.Select(presence => presence.Attribute("type") ?? "available")));
        Assert.All(came, presence => Assert.Equal((Balcony, Romeo), (presence.Attribute("from"), presence.Attribute("to"))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Leaving_is_told_with_a_word_or_without(bool isCut)
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        await SetAsync(server, Subscription.From);
        var juliet = await server.OnlineAsync(Balcony);
        await juliet.SendAsync($"<presence to='room@{Plays}/Juliet'/>");
        await juliet.BarrierAsync();
        Assert.Equal(2, (await component.ReceiveAllAsync()).Count);

        if (isCut)
        {
            await juliet.DisposeAsync();
        }
        else
        {
            await juliet.SendAsync("<presence type='unavailable'/>");
            await juliet.BarrierAsync();
        }

        var came = await component.ReceiveAllAsync();
        Assert.Equal(
            [(Romeo, "unavailable"), ($"room@{Plays}/Juliet", "unavailable")],
            came.Select(presence => (presence.Attribute("to")!, presence.Attribute("type")!)).OrderBy(static pair => pair.Item1, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_probe_from_elsewhere_is_answered_to_those_who_may_know()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        await SetAsync(server, Subscription.From);
        var juliet = await server.OnlineAsync(Balcony);
        await juliet.BarrierAsync();
        await component.ReceiveAllAsync();

        await component.SendAsync($"<presence from='{Romeo}/x' to='{Juliet}' type='probe'/>");
        Assert.Equal($"{Romeo}/x", (await component.PresenceFromAsync(Balcony)).Attribute("to"));
        await component.SendAsync($"<presence from='tybalt@{Plays}' to='{Juliet}' type='probe'/>");
        await component.PresenceFromAsync(Juliet, "unsubscribed");
        await component.SendAsync($"<presence from='tybalt@{Plays}' to='nobody@example.org' type='probe'/>");
        await component.PresenceFromAsync("nobody@example.org", "unsubscribed");

        await juliet.SendAsync("<presence type='unavailable'/>");
        await component.PresenceFromAsync(Balcony, "unavailable");
        await component.SendAsync($"<presence from='{Romeo}/x' to='{Juliet}' type='probe'/>");
        await component.PresenceFromAsync(Juliet, "unavailable");
    }

    [Fact]
    public async Task A_request_that_has_no_answer_is_sent_again_at_the_next_login()
    {
        await using var server = await StartAsync();
        var juliet = await server.OnlineAsync(Balcony);
        await juliet.SendAsync($"<presence to='{Romeo}' type='subscribe' id='s'/>");
        await juliet.PushAsync();
        (await juliet.PresenceFromAsync(Romeo, "error")).IsError("service-unavailable", "cancel");
        await juliet.DisposeAsync();

        var component = await server.ComponentAsync(Plays);
        var again = await server.OnlineAsync(Balcony);

        var request = await component.PresenceFromAsync(Juliet, "subscribe");
        Assert.Equal(Romeo, request.Attribute("to"));
        Assert.NotEmpty(request.Attribute("id")!);
        await component.SendAsync($"<presence from='{Romeo}' to='{Juliet}' type='subscribed'/>");
        await again.PresenceFromAsync(Romeo, "subscribed");
        Assert.Equal($"{Romeo} to", await again.PushAsync());

        // Presence that is not the first is no occasion, nor is what has been answered.
        await again.SendAsync("<presence><show>away</show></presence>");
        var other = await server.OnlineAsync($"{Juliet}/other");
        await other.BarrierAsync();
        Assert.Equal("probe", Assert.Single(await component.ReceiveAllAsync()).Attribute("type"));
    }

    [Fact]
    public async Task A_blocked_contact_is_neither_asked_again_nor_probed()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        var juliet = await server.OnlineAsync(Balcony);
        await juliet.SendAsync($"<presence to='{Romeo}' type='subscribe'/>");
        await juliet.PushAsync();
        (await juliet.IqAsync("set", null, $"<block xmlns='urn:xmpp:blocking'><item jid='{Plays}'/></block>")).IsResult();
        await juliet.DisposeAsync();
        await component.ReceiveAllAsync();

        await (await server.OnlineAsync(Balcony)).BarrierAsync();

        await component.ExpectNothingAsync();
    }

    [Fact]
    public async Task What_a_component_showed_goes_with_it()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        await SetAsync(server, Subscription.To);
        var juliet = await server.OnlineAsync(Balcony);
        await component.ReceiveAllAsync();
        await component.SendAsync(
            $"<presence from='{Romeo}/x' to='{Juliet}'/><presence from='{Romeo}/y' to='{Juliet}'/><presence from='{Romeo}/y' to='{Juliet}' type='unavailable'/>"
            + $"<presence from='room@{Plays}/a' to='{Balcony}'/><presence from='room@{Plays}/b' to='{Balcony}'/><presence from='left@{Plays}/a' to='{Balcony}'/>");
        await component.BarrierAsync();
        await juliet.SendAsync($"<presence to='left@{Plays}/j' type='unavailable'/>");
        await juliet.ReceiveAllAsync();

        await component.DisposeAsync();

        var came = await juliet.ReceiveAllAsync();
        Assert.All(came, presence => Assert.Equal("unavailable", presence.Attribute("type")));
        Assert.Equal([$"{Romeo}/x", $"room@{Plays}/a", $"room@{Plays}/b"], came.Select(presence => presence.Attribute("from")).Order(StringComparer.Ordinal));

        // Whoever comes back is asked anew, and finds nothing left standing.
        await server.ComponentAsync(Plays);
        await juliet.ExpectNothingAsync();
    }

    private static async Task SetAsync(XmppTestServer server, Subscription subscription)
    {
        await server.CreateAccountAsync(Juliet);
        var item = new RosterItem(Jid.Parse(Romeo), null, subscription, false, false, [], default, true, 0);
        await server.Get<IRosterStore>().SetAsync(Jid.Parse(Juliet), item, CancellationToken.None);
    }
}
