using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Roster;

/// <summary>RFC 6121 §2.6 (XEP-0237).</summary>
public class RosterVersionTests
{
    [Fact]
    public async Task The_features_are_offered_after_authentication()
    {
        await using var server = await XmppTestServer.StartAsync();
        var before = await server.OpenAsync();
        Assert.Null(before.Features.Child("ver", "urn:xmpp:features:rosterver"));

        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        Assert.NotNull(juliet.Features.Child("ver", "urn:xmpp:features:rosterver"));
        Assert.NotNull(juliet.Features.Child("sub", "urn:xmpp:features:pre-approval"));
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_client_that_has_the_present_version()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.SetRosterAsync("<item jid='nurse@example.org'/>");
        var version = (await juliet.RosterAsync(""))!.Value.Attribute("ver");
        Assert.NotEmpty(version!);

        Assert.Null(await juliet.RosterAsync(version));

        await juliet.ExpectNothingAsync();
    }

    [Fact]
    public async Task What_changed_is_pushed_after_an_empty_result()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            await juliet.SetRosterAsync($"<item jid='{name}@example.org'/>");
        }

        var version = (await juliet.RosterAsync(""))!.Value.Attribute("ver");
        var absent = await server.LoginAsync("juliet@example.org/chamber");
        await absent.SetRosterAsync("<item jid='a@example.org' name='A'/>");
        await absent.SetRosterAsync("<item jid='b@example.org' subscription='remove'/>");

        Assert.Null(await absent.RosterAsync(version));
        Assert.Equal("a@example.org none 'A'", await absent.PushAsync());
        var last = await absent.PushedQueryAsync();
        Assert.Equal("b@example.org remove", Assert.Single(last.Items()).Summary());
        Assert.Null(await absent.RosterAsync(last.Attribute("ver")));
        await absent.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("-1")]
    [InlineData("99")]
    [InlineData("9999999999999999999999")]
    public async Task An_unknown_version_gets_the_whole_roster(string version)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.SetRosterAsync("<item jid='nurse@example.org'/>");

        var roster = await juliet.RosterAsync(version);

        Assert.Equal("nurse@example.org none", Assert.Single(roster!.Value.Items()).Summary());
    }

    [Fact]
    public async Task Beyond_the_forgotten_removals_the_whole_roster_is_sent()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        for (var i = 0; i < RosterTombstones.Kept + 50; i++)
        {
            await juliet.SetRosterAsync($"<item jid='kept{i}@example.org'/>");
        }

        await juliet.SetRosterAsync("<item jid='gone@example.org'/>");
        var version = (await juliet.RosterAsync(""))!.Value.Attribute("ver");
        for (var i = 0; i < RosterTombstones.Kept; i++)
        {
            await juliet.SetRosterAsync($"<item jid='kept{i}@example.org' subscription='remove'/>");
        }

        await juliet.SetRosterAsync("<item jid='gone@example.org' subscription='remove'/>");

        Assert.Equal(50, (await juliet.RosterAsync(version))!.Value.ChildCount);
    }

    [Fact]
    public async Task A_push_says_its_version()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.RosterAsync("");
        await juliet.SetRosterAsync("<item jid='nurse@example.org'/>");

        var version = (await juliet.PushedQueryAsync()).Attribute("ver");

        Assert.Equal(version, (await juliet.RosterAsync(""))!.Value.Attribute("ver"));
    }
}
