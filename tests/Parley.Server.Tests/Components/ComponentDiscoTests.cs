using Parley.Server.Sessions.Components;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Components.ComponentServer;

namespace Parley.Server.Tests.Components;

/// <summary>XEP-0030 §4: which components a hosted domain lists.</summary>
public class ComponentDiscoTests
{
    [Fact]
    public async Task A_hosted_domain_lists_its_own_while_they_are_connected()
    {
        await using var server = await StartAsync(options =>
        {
            options.Domains.Add("example.org");
            options.Domains.Add("else.example");
            options.Components["a.b.else.example"] = new ComponentOptions { Secret = Secret };
            options.Components["gateway.example"] = new ComponentOptions { Secret = Secret };
        });
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        Assert.Equal("conference.example.org", await ItemsAsync(juliet, "example.org"));

        var plays = await server.ComponentAsync(Plays);
        await server.ComponentAsync("a.b.else.example");
        await server.ComponentAsync("gateway.example");

        Assert.Equal("conference.example.org gateway.example plays.example.org", await ItemsAsync(juliet, "example.org"));
        Assert.Equal("a.b.else.example conference.else.example gateway.example", await ItemsAsync(juliet, "else.example"));
        Assert.Equal("", await ItemsAsync(juliet, "juliet@example.org"));

        await plays.DisposeAsync();
        Assert.Equal("conference.example.org gateway.example", await ItemsAsync(juliet, "example.org"));
    }

    private static async Task<string> ItemsAsync(TestClient client, string entity)
    {
        var query = (await client.IqAsync("get", entity, "<query xmlns='http://jabber.org/protocol/disco#items'/>")).IsResult()!.Value;
        List<string> items = [];
        foreach (var item in query.Children)
        {
            items.Add(item.Attribute("jid")!);
        }

        return string.Join(' ', items.Order(StringComparer.Ordinal));
    }
}
