using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Carbons;

/// <summary>Errors: copied when they answer what was eligible (XEP-0280 §6.1); those of copies go nowhere (§10.3).</summary>
public class CarbonErrorTests
{
    private const string Error = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

    /// <summary>Messages to where nobody is; whether the others of the sender see the message, and the error.</summary>
    [Theory]
    [InlineData("nobody@example.org", "chat", "<body>Hi</body>", true)]
    [InlineData("nobody@example.org", "normal", "<body>Hi</body>", true)]
    [InlineData("nobody@example.net", "chat", "<body>Hi</body>", false)]
    [InlineData("nobody@example.org", "normal", "<subject>Hi</subject>", false)]
    [InlineData("nobody@example.org", "groupchat", "<body>Hi</body>", false)]
    [InlineData("nobody@example.org", "chat", "<body>Hi</body><private xmlns='urn:xmpp:carbons:2'/>", false)]
    public async Task Who_sees_the_message_sees_that_it_did_not_arrive(string to, string type, string content, bool copied)
    {
        await using var server = await XmppTestServer.StartAsync();
        var home = await server.LoginAsync("romeo@example.org/home");
        var garden = await server.LoginWithCarbonsAsync("romeo@example.org/garden");

        await home.SendAsync($"<message to='{to}' type='{type}' id='m1'>{content}</message>");

        Assert.Equal("error", (await home.MessageAsync()).Attribute("type"));
        if (copied)
        {
            Assert.Equal("m1", (await garden.CopyAsync("sent")).Attribute("id"));
            var error = await garden.CopyAsync("received");
            Assert.Equal("m1", error.Attribute("id"));
            error.IsError("service-unavailable", "cancel");
        }

        await garden.ExpectNothingAsync(home);
    }

    /// <summary>An error of a client's, for a message that came to the other party before.</summary>
    [Theory]
    [InlineData("m1", "chat", "<body>Hi</body>", true)]
    [InlineData("m1", "normal", "<subject>Hi</subject>", false)]
    [InlineData("m2", "chat", "<body>Hi</body>", false)]
    [InlineData("", "chat", "<body>Hi</body>", false)]
    public async Task An_answer_of_a_client_is_copied_at_both_ends(string errorId, string type, string content, bool copied)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var chamber = await server.LoginWithCarbonsAsync("juliet@example.org/chamber");
        var garden = await server.LoginAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
        await juliet.SendAsync($"<message to='romeo@example.org/garden' type='{type}' id='m1'>{content}</message>");
        await garden.MessageAsync();
        await chamber.ReceiveAllAsync();
        await home.ReceiveAllAsync();

        await garden.SendAsync($"<message to='juliet@example.org/balcony' type='error' id='{errorId}'>{Error}</message>");

        Assert.Equal("error", (await juliet.MessageAsync()).Attribute("type"));
        if (copied)
        {
            (await chamber.CopyAsync("received")).IsError("item-not-found", "cancel");
            (await home.CopyAsync("sent")).IsError("item-not-found", "cancel");
        }

        await chamber.ExpectNothingAsync(garden);
        await home.ExpectNothingAsync();
    }

    [Fact]
    public async Task An_error_of_another_than_the_recipient_answers_nothing()
    {
        await using var server = await XmppTestServer.StartAsync();
        var home = await server.LoginAsync("romeo@example.org/home");
        var garden = await server.LoginWithCarbonsAsync("romeo@example.org/garden");
        var tybalt = await server.LoginAsync("tybalt@example.org/t");
        await server.CreateAccountAsync("juliet@example.org");
        await home.SendAsync("<message to='juliet@example.org' type='chat' id='m1'/>");
        await garden.CopyAsync("sent");

        await tybalt.SendAsync($"<message to='romeo@example.org/home' type='error' id='m1'>{Error}</message>");

        await home.MessageAsync();
        await garden.ExpectNothingAsync(tybalt);
    }

    [Fact]
    public async Task Only_the_last_messages_are_known()
    {
        await using var server = await XmppTestServer.StartAsync();
        var home = await server.LoginAsync("romeo@example.org/home");
        var garden = await server.LoginWithCarbonsAsync("romeo@example.org/garden");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        const int count = 65;
        for (var i = 0; i < count; i++)
        {
            await home.SendAsync($"<message to='juliet@example.org/balcony' type='chat' id='{i}'/>");
            await garden.CopyAsync("sent");
        }

        await juliet.SendAsync($"<message to='romeo@example.org/home' type='error' id='0'>{Error}</message>");
        await juliet.SendAsync($"<message to='romeo@example.org/home' type='error' id='1'>{Error}</message>");

        Assert.Equal("1", (await garden.CopyAsync("received")).Attribute("id"));
        await garden.ExpectNothingAsync(juliet);
    }

    [Fact]
    public async Task The_bounce_of_a_copy_reaches_nobody()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var garden = await server.LoginWithCarbonsAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
        await garden.AppearAsync();
        await juliet.SendAsync("<message to='romeo@example.org/garden' type='chat' id='m1'><body>Hi</body></message>");
        var wrapper = await home.MessageAsync();
        await garden.ReceiveAllAsync();

        await home.SendAsync($"<message to='{wrapper.Attribute("from")}' type='error'>{Error}</message>");
        await home.SendAsync($"<message to='{wrapper.Attribute("from")}' type='error' id='m1'>{Error}</message>");

        foreach (var client in new[] { juliet, garden, home })
        {
            await client.ExpectNothingAsync(home);
        }
    }

    [Fact]
    public async Task A_copy_that_is_not_taken_is_not_kept_passed_on_or_bounced()
    {
        const int count = 100;
        await using var server = await XmppTestServer.StartAsync(static options => options.MaxOutputBytes = 128 * 1024);
        var deaf = await server.LoginWithCarbonsAsync("romeo@example.org/deaf");
        var garden = await server.LoginAsync("romeo@example.org/garden");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        for (var i = 0; i < count; i++)
        {
            await juliet.SendAsync($"<message to='romeo@example.org/garden' type='chat' id='{i}'><body>{new string('x', 4000)}</body></message>");
            Assert.Equal($"{i}", (await garden.MessageAsync()).Attribute("id"));
        }

        await deaf.ServedAsync();

        await garden.ExpectNothingAsync(juliet);
        await juliet.ExpectNothingAsync();
        Assert.Equal(0, await server.Get<IOfflineStore>().CountAsync(Jid.Parse("romeo@example.org"), CancellationToken.None));
    }
}
