using Parley.Server.Storage;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Presence;

/// <summary>RFC 6121 §4.6.</summary>
public class DirectedPresenceTests
{
    private const string Juliet = "juliet@example.org/balcony";
    private const string Nurse = "nurse@example.org/kitchen";

    [Theory]
    [InlineData("nurse@example.org")]
    [InlineData(Nurse)]
    public async Task Who_got_it_hears_of_the_end(string to)
    {
        await using var server = await XmppTestServer.StartAsync();
        var nurse = await server.OnlineAsync(Nurse);
        var juliet = await server.OnlineAsync(Juliet);

        await juliet.SendAsync($"<presence to='{to}'><show>chat</show></presence>");
        Assert.Equal(to, (await nurse.PresenceFromAsync(Juliet)).Attribute("to"));
        await juliet.SendAsync("<presence><show>away</show></presence>");
        await nurse.ExpectNothingAsync(juliet);
        await juliet.SendAsync("<presence type='unavailable'/>");

        Assert.Equal(to, (await nurse.PresenceFromAsync(Juliet, "unavailable")).Attribute("to"));
        await nurse.ExpectNothingAsync();
    }

    [Fact]
    public async Task It_ends_with_the_connection_too_though_the_sender_was_never_available()
    {
        await using var server = await XmppTestServer.StartAsync();
        var nurse = await server.LoginAsync(Nurse);
        var juliet = await server.LoginAsync(Juliet);
        await juliet.SendAsync($"<presence to='{Nurse}'/>");
        await nurse.PresenceFromAsync(Juliet);

        await juliet.DisposeAsync();

        await nurse.PresenceFromAsync(Juliet, "unavailable");
    }

    [Fact]
    public async Task It_ends_when_the_sender_says_so()
    {
        await using var server = await XmppTestServer.StartAsync();
        var nurse = await server.OnlineAsync(Nurse);
        var juliet = await server.OnlineAsync(Juliet);
        await juliet.SendAsync($"<presence to='{Nurse}'/><presence to='{Nurse}' type='unavailable'/><presence type='unavailable'/>");

        await nurse.PresenceFromAsync(Juliet);
        await nurse.PresenceFromAsync(Juliet, "unavailable");
        await nurse.ExpectNothingAsync();
        await juliet.PresenceFromAsync(Juliet, "unavailable");
    }

    [Fact]
    public async Task It_ends_with_an_error()
    {
        await using var server = await XmppTestServer.StartAsync();
        var nurse = await server.OnlineAsync(Nurse);
        var juliet = await server.OnlineAsync(Juliet);
        await juliet.SendAsync($"<presence id='d1' to='{Nurse}'/>");
        await nurse.PresenceFromAsync(Juliet);

        await nurse.SendAsync($"<presence id='d1' to='{Juliet}' type='error'><error type='cancel'/></presence>");
        Assert.Equal("d1", (await juliet.PresenceFromAsync(Nurse, "error")).Attribute("id"));
        await juliet.SendAsync("<presence type='unavailable'/>");

        await juliet.PresenceFromAsync(Juliet, "unavailable");
        await nurse.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task A_subscriber_hears_the_end_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "nurse@example.org", Subscription.From);
        var nurse = await server.OnlineAsync(Nurse);
        var juliet = await server.OnlineAsync(Juliet);
        await nurse.PresenceFromAsync(Juliet);
        await juliet.SendAsync($"<presence to='{Nurse}'/><presence type='unavailable'/>");

        await nurse.PresenceFromAsync(Juliet);
        await nurse.PresenceFromAsync(Juliet, "unavailable");
        await nurse.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task It_is_bounded()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync(Juliet);
        for (var i = 0; i < 1000; i++)
        {
            await juliet.SendAsync($"<presence to='nobody{i}@example.org'/>");
        }

        await juliet.SendAsync("<presence to='nobody7@example.org'/><presence id='more' to='more@example.org'/>");

        var error = await juliet.ReceiveAsync();
        error.IsError("resource-constraint", "wait");
        Assert.Equal("more", error.Attribute("id"));
    }

    [Fact]
    public async Task Nothing_comes_back_from_an_account_that_does_not_exist()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync(Juliet);

        await juliet.SendAsync("<presence to='nobody@example.org'/><presence to='nobody@example.org/x' type='unavailable'/><presence type='error'/>");

        await juliet.ExpectNothingAsync();
    }
}
